using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Archiving;

/// <summary>Tells what became of a batch: a line for each of a few, one for all of many.</summary>
internal sealed class ArchiveNews(DirectorySettings directory, ILogger logger)
{
    private const int MostToldSingly = 20;

    public void Tell(List<(BytePath Path, string Reason)> failed)
    {
        if (failed.Count > MostToldSingly)
        {
            logger.ManyNotArchived(directory.Name, failed.Count, failed[0].Path, failed[0].Reason);
            return;
        }

        failed.ForEach(one => logger.NotArchived(directory.Name, one.Path, one.Reason));
    }

    public void TellLost(List<(FileVersion Version, string Reason)> lost)
    {
        if (lost.Count > 0)
        {
            logger.Lost(directory.Name, lost.Count, lost[0].Version.Path, lost[0].Reason);
        }
    }

    // Of hundreds at once a line each tells nobody anything; the history has them all.
    public void Tell(List<(FileVersion Version, BytePath? Place, ArchiveEnd End)> ended)
    {
        if (ended.Count > MostToldSingly)
        {
            logger.ManyArchived(directory.Name, ended.Count, directory.OnComplete, ended[0].Version.Path);
            return;
        }

        ended.ForEach(one => Tell(one.Version, one.Place, one.End));
    }

    private void Tell(FileVersion version, BytePath? place, ArchiveEnd end)
    {
        switch (end)
        {
            case ArchiveEnd.Moved:
                logger.Moved(directory.Name, version.Path, place ?? default);
                break;
            case ArchiveEnd.Deleted:
                logger.Deleted(directory.Name, version.Path);
                break;
            default:
                logger.Kept(directory.Name, version.Path);
                break;
        }
    }
}
