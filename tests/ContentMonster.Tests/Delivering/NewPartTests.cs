using ContentMonster.Delivering;
using ContentMonster.Model;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class NewPartTests
{
    [Fact]
    public void All_that_begin_at_once_make_it_and_none_once_a_byte_of_it_is_acknowledged()
    {
        var part = new NewPart();
        part.MayYetBeMade.ShouldBeFalse();
        part.IsToBeMade().ShouldBeTrue();
        part.IsToBeMade().ShouldBeTrue();
        part.IsThere();
        part.IsToBeMade().ShouldBeFalse();
        part.MayYetBeMade.ShouldBeTrue("one who was to make it has not been heard of");
        part.IsThere();
        part.MayYetBeMade.ShouldBeFalse();
    }

    [Fact]
    public async Task Lanes_make_it_until_one_has_bytes_of_it_acknowledged_and_only_open_it_from_then_on()
    {
        var part = new NewPart();
        var slow = new HandLane();
        Task first = Cargo.Piece(1, part: part).SendAsync(slow, _ => { }, TestContext.Current.CancellationToken);
        var quick = new HandLane();
        Task second = Cargo.Piece(1, chunk: 1, part: part).SendAsync(quick, _ => { }, TestContext.Current.CancellationToken);
        quick.Acknowledge(400);
        quick.Acknowledge(1_000);
        await second;
        var later = new HandLane();
        Task third = Cargo.Piece(1, chunk: 2, part: part).SendAsync(later, _ => { }, TestContext.Current.CancellationToken);
        (slow.Created, quick.Created, later.Created).ShouldBe((true, true, false));
        part.MayYetBeMade.ShouldBeTrue("the slow one has said nothing yet");
        slow.Acknowledge(1_000);
        later.Acknowledge(1_000);
        await Task.WhenAll(first, third);
        part.MayYetBeMade.ShouldBeFalse();
    }

    private sealed class HandLane : IVesselLane
    {
        private readonly TaskCompletionSource _all = new();
        private Action<long>? _acknowledged;

        public bool? Created { get; private set; }

        public Task Ended { get; } = new TaskCompletionSource().Task;

        public LaneSigns Signs => default;

        public void Acknowledge(long total)
        {
            _acknowledged!(total);
            if (total == 1_000)
            {
                _all.SetResult();
            }
        }

        public Task SendAsync(
            BytePath file, bool create, long remoteOffset, IChunkSource source, long sourceOffset, long length, Action<long>? acknowledged, CancellationToken cancellationToken)
        {
            (Created, _acknowledged) = (create, acknowledged);
            return _all.Task;
        }

        public Task ReleaseAsync(BytePath file, CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
