using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Delivering;

/// <summary>Waits until a vessel has been looked at, and tells what was found, and that it takes long. Keeps asking for a shell that does not answer.</summary>
internal sealed class Acquaintance(IVessel vessel, VesselOffice office)
{
    // Over a slow way the shell comes some seconds after the first lane.
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskAgainFirst = TimeSpan.FromSeconds(15);

    // Where a file system hangs there each try leaves a process behind.
    private static readonly TimeSpan AskAgainLast = TimeSpan.FromHours(1);
    private static readonly string Remedy = Advice.For(FailureKind.LoginHangs, "");

    /// <summary>Whether it has to be connected anew: true once a shell that was missed answers, false at once where none is missed.</summary>
    /// <exception cref="VesselException">It could not be looked at, so nothing can be delivered to it.</exception>
    public async Task<bool> MakeAsync(CancellationToken cancellationToken)
    {
        Trouble? earlier = office.Progress.Trouble;
        Trouble? silence = null;
        Task explored = vessel.Explored.WaitAsync(cancellationToken);
        if (await TakesLongAsync(explored, cancellationToken).ConfigureAwait(false))
        {
            (FailureKind kind, string remedy) = vessel.Facts.LooksAt is null ? (FailureKind.LoginHangs, Remedy) : (FailureKind.CommandHangs, Advice.For(FailureKind.CommandHangs, vessel.Name));
            string reason = vessel.Facts.LooksAt is BytePath place
                ? $"The first look at {vessel.Name} is not over after {LongWait.TotalSeconds:0} s: the SFTP server has not made the small file that it takes in {(place.IsEmpty ? "the login's directory" : place)} (a disk there hangs, or the link is away)."
                : $"The look at the shell of {vessel.Name} is not over after {LongWait.TotalSeconds:0} s (it hangs, or a command there, or the link is away): what is to be verified waits for it.";
            office.Logger.ShellIsSilent(reason, remedy);
            silence = office.Progress.Failed(kind, reason, remedy);
        }

        await explored.ConfigureAwait(false);
        if (silence is not null || !office.Hanging.Any)
        {
            // Where it hung before, that it can be connected to shows nothing: that is shown until something is published.
            office.Progress.Over(silence ?? earlier);
        }

        VesselFacts facts = vessel.Facts;
        office.Logger.Connected(vessel.Name, facts.HashTool ?? "none", facts.ShellProblem ?? "usable", facts.RoundTrip.TotalMilliseconds);
        if (facts.PinnedKey is string pinned)
        {
            office.Logger.KeyPinned(vessel.Name, pinned);
        }

        TellFolding(facts.FoldsCase);
        if (!facts.MissesShell)
        {
            office.Progress.Sound();
            return false;
        }

        string missed = $"Files go to {vessel.Name} unverified for want of a shell that answers. {facts.ShellProblem} It is asked again while the vessel is connected, and whenever it is connected anew.";
        office.Logger.ShellIsSilent(missed, Remedy);
        office.Progress.Ails(FailureKind.LoginHangs, missed, Remedy);
        await AnswerAsync(cancellationToken).ConfigureAwait(false);
        office.Progress.Sound();
        office.Logger.ShellAnswers(vessel.Name);
        return true;
    }

    // Once for each place, not at each connection.
    private void TellFolding(string? place)
    {
        if (place is not null && place != office.ToldFolding)
        {
            office.Logger.FoldsCase(vessel.Name, place);
        }

        office.ToldFolding = place;
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        TimeSpan pause = AskAgainFirst;
        do
        {
            await Task.Delay(pause, office.Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < AskAgainLast ? pause * 2 : AskAgainLast;
        }
        while (!await vessel.ShellAnswersAsync(cancellationToken).ConfigureAwait(false));
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
