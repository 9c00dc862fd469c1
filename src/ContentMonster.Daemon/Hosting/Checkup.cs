using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Commands;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Daemon.Hosting;

/// <summary>`check`: the shore, then all vessels side by side, told in the order of the settings. Beside a daemon at work it locks and changes nothing of it.</summary>
internal static class Checkup
{
    public static async IAsyncEnumerable<CheckLine> RunAsync(Settings settings, StatePlace place, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        (LedgerFacts ledger, IReadOnlyList<CheckLine> ledgerLines) = await LedgerCheck.RunAsync(settings, place, time, cancellationToken);
        string? borrowed = PinsForGood(place) ? null : Directory.CreateTempSubdirectory("contentmonster-check-").FullName;
        List<(Task Work, ChannelReader<CheckLine> Lines)> vessels = [];
        try
        {
            string knownHosts = borrowed is null ? place.KnownHostsPath : Path.Combine(borrowed, "known_hosts");
            vessels.AddRange(settings.Vessels.Select(vessel => Start(settings, vessel, ledger, knownHosts, borrowed is null, time, ending.Token)));
            foreach (CheckLine line in ledgerLines.Concat(await ShoreCheck.RunAsync(settings, place, time, cancellationToken)))
            {
                yield return line;
            }

            foreach ((Task work, ChannelReader<CheckLine> lines) in vessels)
            {
                await foreach (CheckLine line in lines.ReadAllAsync(cancellationToken))
                {
                    yield return line;
                }

                await work;
            }
        }
        finally
        {
            // Left early: whoever read the lines had enough of them.
            await ending.CancelAsync();
            await Task.WhenAll(vessels.Select(vessel => vessel.Work)).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (borrowed is not null)
            {
                Directory.Delete(borrowed, recursive: true);
            }
        }
    }

    /// <summary>
    /// The daemon's own known_hosts is written to only where the daemon could have made it itself: one that root makes beside the service's
    /// ledger would keep the service's user from pinning.
    /// </summary>
    private static bool PinsForGood(StatePlace place)
    {
        string folder = Path.GetDirectoryName(place.KnownHostsPath) ?? "/";
        return File.Exists(place.KnownHostsPath) || (Directory.Exists(folder) && ShoreCheck.IsOwn(folder));
    }

    private static (Task Work, ChannelReader<CheckLine> Lines) Start(
        Settings settings, VesselSettings vessel, LedgerFacts ledger, string knownHosts, bool pinsForGood, TimeProvider time, CancellationToken cancellationToken)
    {
        Channel<CheckLine> lines = Channel.CreateUnbounded<CheckLine>();
        VesselPlaces places = Engine.PlacesOf(settings, vessel, ledger.ShoreId ?? PartName.NewId(), knownHosts);
        var surroundings = new CheckSurroundings(vessel.KnownHosts is not null || pinsForGood, ledger.PartsOn(vessel.Name));
        return (WorkAsync(), lines.Reader);

        async Task WorkAsync()
        {
            try
            {
                // A login without the password would be one more that the vessel counts as refused.
                if (vessel.SecretTrouble is { } trouble)
                {
                    lines.Writer.TryWrite(new(vessel.Name, "login", CheckVerdict.Failed, $"{trouble} Nothing was tried on the vessel. Where systemd hands the file over (LoadCredential), check as the service does: docs/operating.md tells how."));
                    lines.Writer.Complete();
                    return;
                }

                var check = new VesselCheck(vessel, places, surroundings, time, finding => lines.Writer.TryWrite(LineOf(vessel.Name, finding)));
                await Task.Run(() => check.RunAsync(cancellationToken), cancellationToken);
                lines.Writer.Complete();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                lines.Writer.Complete();
            }
            catch (Exception bug)
            {
                lines.Writer.TryWrite(new(vessel.Name, "check", CheckVerdict.Failed, $"Could not go on, because of a mistake of ours; please report it: {OneLine.Of(bug)}"));
                lines.Writer.Complete();
            }
        }
    }

    private static CheckLine LineOf(string vessel, VesselFinding finding) => new(
        vessel,
        finding.What,
        finding.Grade switch { FindingGrade.Good => CheckVerdict.Ok, FindingGrade.Doubtful => CheckVerdict.Warning, _ => CheckVerdict.Failed },
        finding.Text);
}
