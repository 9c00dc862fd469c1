using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class VesselWorkerTests
{
    private const int Outages = 8;

    [Fact]
    public async Task The_first_login_that_is_refused_after_a_long_outage_is_the_first_for_all_that()
    {
        int connects = 0;
        await WorkerBench.RunAsync(
            (_, _) => throw (Interlocked.Increment(ref connects) <= Outages
                ? new VesselException(FailureKind.Unreachable, "Could not connect, because nobody answers.")
                : new VesselException(FailureKind.LoginRefused, "Could not connect, because the key is refused.")),
            BytePath.FromText("inbox/..0123.part"),
            async (_, worker, board) =>
            {
                await Eventually.BeTrueAsync(
                    () =>
                    {
                        worker.TryNow();
                        return board.Vessel("v").Snapshot() is { State: VesselState.Stopped, NextAttempt: not null };
                    },
                    "it is refused",
                    seconds: 60);

                TimeSpan wait = board.Vessel("v").Snapshot().NextAttempt!.Value - TimeProvider.System.GetUtcNow();
                wait.ShouldBeInRange(TimeSpan.FromMinutes(10), Backoff.Next(FailureKind.LoginRefused, 1, TimeSpan.Zero, 1));
            });
        connects.ShouldBe(Outages + 1);
    }
}
