using System.Globalization;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Daemon.Hosting;

/// <param name="ShoreId">Null: there is no ledger, or none that can be read.</param>
/// <param name="Parts">Unfinished files that are booked.</param>
internal sealed record LedgerFacts(string? ShoreId, IReadOnlyList<(string Vessel, BytePath Part)> Parts)
{
    public IReadOnlySet<BytePath> PartsOn(string vessel) => Parts.Where(one => one.Vessel == vessel).Select(one => one.Part).ToHashSet();
}

/// <summary>Looks at the ledger as a reader, and for a daemon that may have it.</summary>
internal static class LedgerCheck
{
    // What SQLite needs to go on, and somewhat more than the first tables with their log take.
    private const int LeastRoom = 64 << 10;
    private const int FirstRoom = 1 << 20;

    public static async Task<(LedgerFacts Facts, IReadOnlyList<CheckLine> Lines)> RunAsync(Settings settings, StatePlace place, TimeProvider time, CancellationToken cancellationToken)
    {
        (LedgerFacts facts, IReadOnlyList<CheckLine> ledger) = await ReadAsync(settings, place, cancellationToken);
        return (facts, [.. ledger, .. Predecessor(settings, place), await DaemonAsync(place, time, cancellationToken)]);
    }

    private static async Task<(LedgerFacts Facts, IReadOnlyList<CheckLine> Lines)> ReadAsync(Settings settings, StatePlace place, CancellationToken cancellationToken)
    {
        var none = new LedgerFacts(null, []);
        string folder = Path.GetDirectoryName(place.LedgerPath) ?? "/";
        if (Directory.Exists(place.LedgerPath))
        {
            return (none, [new("", "ledger", CheckVerdict.Failed, $"{place.LedgerPath} is a directory. Name a file as Database.")]);
        }

        if (!File.Exists(place.LedgerPath))
        {
            return (none, [NotThere(place.LedgerPath, folder)]);
        }

        try
        {
            using LedgerReader reader = LedgerReader.Open(place.LedgerPath);
            var facts = new LedgerFacts(await reader.ShoreIdAsync(cancellationToken), await reader.PartsAsync(cancellationToken));
            string version = await reader.SqliteVersionAsync(cancellationToken) ?? "of unknown version";
            IReadOnlySet<(string, string)> wanted = settings.Directories.SelectMany(settings.TakersOf, static (directory, vessel) => (directory.Name, vessel.Name)).ToHashSet();
            IReadOnlyList<(string Directory, string Vessel, long Files)> leaving = await reader.LeavingAsync(wanted, cancellationToken);
            return (facts, [new("", "ledger", CheckVerdict.Ok, $"{place.LedgerPath}, readable, SQLite {version}, shore {facts.ShoreId}"), .. Obstacles(place.LedgerPath, folder, LeastRoom), .. Leaving(settings, leaving)]);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return (none, [new("", "ledger", CheckVerdict.Failed, trouble.Message), .. trouble is LedgerRefusedException ? [] : Obstacles(place.LedgerPath, folder, LeastRoom)]);
        }
    }

    private static CheckLine NotThere(string ledger, string folder)
    {
        string above = folder;
        while (!Directory.Exists(above) && !File.Exists(above))
        {
            above = Path.GetDirectoryName(above) ?? "/";
        }

        return (Directory.Exists(above), ShoreAccess.MayChange(above)) switch
        {
            (false, _) => new("", "ledger", CheckVerdict.Failed, $"{ledger} cannot be made, because {above} is a file. Name a file elsewhere as Database."),
            (_, false) when above == folder => new("", "ledger", CheckVerdict.Failed, $"{ledger} cannot be made by the user that runs this. Let the daemon's user write to {folder}, or name a file elsewhere as Database."),
            (_, false) => new("", "ledger", CheckVerdict.Warning, $"{ledger} is not there yet, nor is its folder, which the user that runs this cannot make. Make {folder} for the daemon's user (systemd makes its StateDirectory), or name a file elsewhere as Database."),
            _ => Obstacles(ledger, above, FirstRoom).FirstOrDefault() ?? new("", "ledger", CheckVerdict.Ok, $"{ledger} is not there yet: the daemon makes it when it first runs"),
        };
    }

    // What would keep the daemon from working with a ledger that can be read, or could be made.
    private static IEnumerable<CheckLine> Obstacles(string ledger, string folder, int room)
    {
        string? lockTrouble = null;
        try
        {
            DaemonLock.RefuseForeign(ledger);
        }
        catch (LedgerRefusedException refused)
        {
            lockTrouble = refused.Message;
        }

        if (lockTrouble is not null)
        {
            yield return new("", "ledger", CheckVerdict.Failed, lockTrouble);
        }

        (bool tried, ShoreFailure? failure) = DiskRoom.Try(folder, room);
        if (failure == ShoreFailure.NoSpace || (!tried && LedgerFile.FreeBytes(folder) < room))
        {
            yield return new("", "ledger", CheckVerdict.Failed, $"the disk of {folder}, or a quota on it, is full: it does not take the {Amount.OfBytes(room)} that {ledger} needs at least, and without that nothing is sent. Make room there (df, df -i), or name a file elsewhere as Database.");
        }
        else if (failure is not null)
        {
            string why = failure == ShoreFailure.ReadOnly ? "its file system is read-only: make it writable" : "its disk failed: see the kernel's log";
            yield return new("", "ledger", CheckVerdict.Failed, $"{ledger} cannot be written, because {why}, or name a file elsewhere as Database.");
        }
    }

    // At the next start it is too late: what is everywhere else is archived at once.
    private static IEnumerable<CheckLine> Leaving(Settings settings, IReadOnlyList<(string Directory, string Vessel, long Files)> leaving)
    {
        const string Meant = "Put it back before the next start if that is not meant.";
        ILookup<bool, (string Directory, string Vessel, long Files)> byDirectory = leaving.ToLookup(one => settings.Directories.Any(directory => directory.Name == one.Directory));
        foreach (IGrouping<string, (string Directory, string Vessel, long Files)> gone in byDirectory[false].GroupBy(static one => one.Directory, StringComparer.Ordinal))
        {
            string waiting = string.Join(", ", gone.Select(static one => $"{one.Vessel} ({Amount.OfFiles(one.Files)})"));
            yield return new("", "ledger", CheckVerdict.Warning, $"Directory {gone.Key} is not in the settings, and files of it wait for {waiting}: they are delivered no further. {Meant}");
        }

        foreach (IGrouping<string, (string Directory, string Vessel, long Files)> gone in byDirectory[true].GroupBy(static one => one.Vessel, StringComparer.Ordinal))
        {
            string what = settings.Vessels.Any(vessel => vessel.Name == gone.Key) ? $"takes {string.Join(", ", gone.Select(static one => one.Directory))} no more" : "is not in the settings";
            yield return new("", "ledger", CheckVerdict.Warning, $"Vessel {gone.Key} {what}, while the ledger has {Amount.OfFiles(gone.Sum(static one => one.Files))} for it: the next start gives that up, and what is archived without it does not come back. {Meant}");
        }
    }

    // Nothing to say where the Python program has left none.
    private static CheckLine[] Predecessor(Settings settings, StatePlace place)
    {
        try
        {
            return Hosting.Predecessor.Find(settings, place.LedgerPath) is string found
                ? [new("", "predecessor", CheckVerdict.Ok, $"{found}, readable: the first start takes it over, and leaves subdirectories alone where Recursive is not set")]
                : [];
        }
        catch (LedgerRefusedException refused)
        {
            return [new("", "predecessor", CheckVerdict.Failed, refused.Message)];
        }
    }

    private static async Task<CheckLine> DaemonAsync(StatePlace place, TimeProvider time, CancellationToken cancellationToken)
    {
        int? owner = File.Exists(place.LedgerPath) ? DaemonLock.LastOwner(place.LedgerPath) : null;
        string pid = owner is int id ? string.Create(CultureInfo.InvariantCulture, $" (process {id})") : "";
        try
        {
            if (await ControlClient.AskAsync(place.SocketPath, new("status", Count: 0), time, cancellationToken) is { } reply)
            {
                return reply.Status is { } status
                    ? new("", "daemon", CheckVerdict.Ok, $"runs{pid} since {Amount.OfMoment(status.StartedAt ?? status.At, time)}")
                    : new("", "daemon", CheckVerdict.Warning, $"runs{pid}, but says: {reply.Error}");
            }
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return new("", "daemon", CheckVerdict.Warning, trouble.Message);
        }

        return new("", "daemon", CheckVerdict.Ok, "none runs with these settings");
    }
}
