using ContentMonster.Configuration;
using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Daemon.Commands;

/// <summary>Asks the daemon how things stand, or reads the ledger where none runs.</summary>
internal static class StatusSource
{
    /// <summary>Null where there is neither a daemon nor a ledger.</summary>
    public static async Task<StatusReport?> ReadAsync(CommandContext context, Settings settings, int count, CancellationToken stop)
    {
        StatePlace place = context.PlaceOf(settings);
        if (await ControlClient.AskAsync(place.SocketPath, new("status", Count: count), context.Time, stop) is ControlReply reply)
        {
            return reply.Status ?? throw new IOException(reply.Error ?? "Could not ask the daemon, because it answered nothing.");
        }

        ILedgerView? ledger = File.Exists(place.LedgerPath) ? await context.Rooms.OpenLedger(place.LedgerPath, stop) : null;
        if (ledger is null)
        {
            return null;
        }

        await using (ledger)
        {
            return await StatusReport.FromAsync(ledger, count, context.Time.GetUtcNow(), stop);
        }
    }

    public static string NothingThere(StatePlace place) =>
        $"No daemon runs, and there is no ledger at {place.LedgerPath}: nothing was delivered with these settings yet. `contentmonster run` begins.";
}
