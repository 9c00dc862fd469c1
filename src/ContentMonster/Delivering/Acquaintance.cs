using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Waits until a vessel has been looked at, and tells what was found, and that it takes long.</summary>
internal sealed class Acquaintance(IVessel vessel, VesselOffice office)
{
    // Over a slow way the shell comes some seconds after the first lane.
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(10);
    private const string Remedy = "See what keeps the login shell from starting there: a start-up file that waits, a home directory that hangs.";

    /// <exception cref="VesselException">It could not be looked at: nothing can be delivered to it.</exception>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        Task explored = vessel.Explored.WaitAsync(cancellationToken);
        string? reason = null;
        if (await TakesLongAsync(explored, cancellationToken).ConfigureAwait(false))
        {
            reason = $"The shell of {vessel.Name} has not answered for {LongWait.TotalSeconds:0} s: what is to be verified waits for it.";
            office.Logger.ShellIsSilent(reason, Remedy);
            office.Progress.Failed(FailureKind.Stalled, reason, Remedy);
        }

        await explored.ConfigureAwait(false);
        if (reason is not null)
        {
            office.Progress.Over(reason);
        }

        VesselFacts facts = vessel.Facts;
        office.Logger.Connected(vessel.Name, facts.HashTool ?? "none", facts.ShellProblem ?? "usable", facts.RoundTrip.TotalMilliseconds);
        if (facts.PinnedKey is string pinned)
        {
            office.Logger.KeyPinned(vessel.Name, pinned);
        }
    }

    private async Task<bool> TakesLongAsync(Task explored, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task wait = Task.Delay(LongWait, office.Time, over.Token);
        await Task.WhenAny(explored, wait).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return !explored.IsCompleted && !cancellationToken.IsCancellationRequested;
    }
}
