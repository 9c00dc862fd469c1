using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
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
        var known = new TaskCompletionSource<VesselWorker>(TaskCreationOptions.RunContinuationsAsynchronously);
        await WorkerBench.RunAsync(
            async (_, _) =>
            {
                VesselWorker worker = await known.Task;
                if (Interlocked.Increment(ref connects) > Outages)
                {
                    throw new VesselException(FailureKind.LoginRefused, "Could not connect, because the key is refused.");
                }

                // From within the attempt: it ends the wait after this one, and no other.
                worker.TryNow();
                throw new VesselException(FailureKind.Unreachable, "Could not connect, because nobody answers.");
            },
            BytePath.FromText("inbox/..0123.part"),
            async (_, worker, board) =>
            {
                known.SetResult(worker);
                await Eventually.BeTrueAsync(() => board.Vessel("v").Snapshot() is { State: VesselState.Stopped, NextAttempt: not null }, "it is refused", seconds: 60);

                TimeSpan wait = board.Vessel("v").Snapshot().NextAttempt!.Value - TimeProvider.System.GetUtcNow();
                wait.ShouldBeInRange(TimeSpan.FromMinutes(10), Backoff.Next(FailureKind.LoginRefused, 1, TimeSpan.Zero, 1));
            });
        connects.ShouldBe(Outages + 1);
    }

    [Fact]
    public async Task A_refusal_that_an_earlier_run_noted_is_sat_out_and_run_once_does_not_wait_for_it()
    {
        int connects = 0;
        await WorkerBench.RunAsync(
            (_, _) =>
            {
                Interlocked.Increment(ref connects);
                throw new VesselException(FailureKind.Unreachable, "Could not connect, because nobody answers.");
            },
            BytePath.FromText("inbox/..0123.part"),
            async (_, worker, board) =>
            {
                await Eventually.BeTrueAsync(() => worker.HasGivenUp(TimeSpan.FromDays(1)), "it is given up");
                board.Vessel("v").Snapshot().ShouldSatisfyAllConditions(
                    shown => shown.State.ShouldBe(VesselState.Stopped),
                    shown => shown.ErrorKind.ShouldBe(FailureKind.LoginRefused),
                    shown => shown.LastError.ShouldBe("refused"));
                connects.ShouldBe(0);
                worker.TryNow();
                await Eventually.BeTrueAsync(() => Volatile.Read(ref connects) > 0, "it is tried when somebody asks for it");
            },
            Noted(FailureKind.LoginRefused, TimeSpan.FromMinutes(10)),
            stillRefused: true);
    }

    [Theory]
    [InlineData(FailureKind.LoginRefused, 10, false)] // something was changed since, or it is the daemon
    [InlineData(FailureKind.LoginRefused, -1, true)]
    [InlineData(FailureKind.LoginRefused, 600, true)] // the clock was put back
    [InlineData(FailureKind.Unreachable, 10, true)]
    public async Task Whatever_else_was_noted_keeps_from_nothing_and_after_a_refusal_one_login_is_tried_at_a_time(FailureKind kind, int minutes, bool stillRefused)
    {
        int refusals = 0;
        var connected = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await WorkerBench.RunAsync(
            (_, _) =>
            {
                connected.TrySetResult(refusals);
                throw new VesselException(FailureKind.Unreachable, "Could not connect, because nobody answers.");
            },
            BytePath.FromText("inbox/..0123.part"),
            async (_, _, _) => (await connected.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken)).ShouldBe(kind == FailureKind.LoginRefused ? 1 : 0),
            Noted(kind, TimeSpan.FromMinutes(minutes)),
            stillRefused,
            () => refusals++);
    }

    [Theory]
    [InlineData(FailureKind.Unreachable, true)]
    [InlineData(FailureKind.ConnectionLost, true)]
    [InlineData(FailureKind.LoginRefused, false)] // trying at each such event would be what locks the account
    [InlineData(FailureKind.HostKeyChanged, false)]
    public async Task A_change_of_the_network_ends_a_wait_for_the_link_and_none_for_people(FailureKind kind, bool wakes)
    {
        int connects = 0;
        var time = new ManualTime();
        await WorkerBench.RunAsync(
            (_, _) =>
            {
                Interlocked.Increment(ref connects);
                throw new VesselException(kind, "Could not connect.");
            },
            BytePath.FromText("inbox/..0123.part"),
            async (_, worker, board) =>
            {
                await WaitingAsync(1);
                worker.NetworkChanged();
                if (wakes)
                {
                    await WaitingAsync(2);
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
                Volatile.Read(ref connects).ShouldBe(1);
                worker.TryNow(); // asked for by people
                await WaitingAsync(2);

                async Task WaitingAsync(int attempts) => await Eventually.BeTrueAsync(
                    () => Volatile.Read(ref connects) == attempts && board.Vessel("v").Snapshot() is { State: VesselState.BackingOff or VesselState.Stopped, NextAttempt: not null }, $"it waits after attempt {attempts}");
            },
            time: time);
    }

    [Fact]
    public async Task A_retry_asked_for_before_an_attempt_is_answered_by_it()
    {
        int connects = 0;
        await WorkerBench.RunAsync(
            (_, _) =>
            {
                Interlocked.Increment(ref connects);
                throw new VesselException(FailureKind.LoginRefused, "Could not connect, because the key is refused.");
            },
            BytePath.FromText("inbox/..0123.part"),
            async (_, _, board) =>
            {
                await Eventually.BeTrueAsync(() => board.Vessel("v").Snapshot() is { State: VesselState.Stopped, NextAttempt: not null }, "it is refused");
                await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
                Volatile.Read(ref connects).ShouldBe(1);
            },
            before: static worker => worker.TryNow());
    }

    private static VesselNote Noted(FailureKind kind, TimeSpan left)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return new("backing off", kind, "refused", now, now + left);
    }
}
