using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Tests.Diagnostics;

public sealed class VesselProgressTests
{
    [Fact]
    public void What_is_over_takes_no_other_trouble_with_it()
    {
        var progress = new VesselProgress("v", TimeProvider.System);
        progress.Failed(FailureKind.Stalled, "The shell is silent.", "Wait.");
        progress.Failed(FailureKind.VesselFull, "The disk is full.", "Free space.");
        progress.Over("The shell is silent.");
        progress.Snapshot().LastError.ShouldBe("The disk is full.");
        progress.Over("The disk is full.");
        VesselSnapshot snapshot = progress.Snapshot();
        (snapshot.ErrorKind, snapshot.LastError, snapshot.Advice, snapshot.LastErrorAt).ShouldBe((null, null, null, null));
    }
}
