using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Tests.Diagnostics;

public sealed class VesselProgressTests
{
    [Fact]
    public void What_is_over_takes_no_other_trouble_with_it()
    {
        var progress = new VesselProgress("v", TimeProvider.System);
        Trouble silence = progress.Failed(FailureKind.Stalled, "The shell is silent.", "Wait.");
        Trouble full = progress.Failed(FailureKind.VesselFull, "The disk is full.", "Free space.");
        progress.Over(silence);
        progress.Snapshot().LastError.ShouldBe("The disk is full.");
        progress.Over(full);
        ShowsNothing(progress);
    }

    [Fact]
    public void What_ails_a_vessel_that_works_is_shown_until_it_is_sound_and_hides_nothing_worse()
    {
        var progress = new VesselProgress("v", TimeProvider.System);
        progress.Failed(FailureKind.VesselFull, "The disk is full.", "Free space.");
        progress.Ails(FailureKind.LoginHangs, "The shell is silent.", "Look there.");
        progress.Snapshot().LastError.ShouldBe("The disk is full.");
        progress.Healthy();
        VesselSnapshot shown = progress.Snapshot();
        (shown.ErrorKind, shown.LastError, shown.Advice).ShouldBe((FailureKind.LoginHangs, "The shell is silent.", "Look there."));
        progress.Failed(FailureKind.ConnectionLost, "The link is gone.", "Wait.");
        progress.Sound();
        progress.Snapshot().LastError.ShouldBe("The link is gone.");
        progress.Healthy();
        ShowsNothing(progress);
    }

    private static void ShowsNothing(VesselProgress progress)
    {
        VesselSnapshot snapshot = progress.Snapshot();
        (snapshot.ErrorKind, snapshot.LastError, snapshot.Advice, snapshot.LastErrorAt).ShouldBe((null, null, null, null));
    }
}
