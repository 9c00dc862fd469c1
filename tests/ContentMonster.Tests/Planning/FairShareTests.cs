using ContentMonster.Planning;

namespace ContentMonster.Tests.Planning;

public sealed class FairShareTests
{
    [Fact]
    public void Rivals_get_the_same_bytes_whatever_their_size()
    {
        var share = new FairShare();
        long[] sent = [0, 0];
        for (int turn = 0; turn < 100_000; turn++)
        {
            bool small = share.SmallFirst(smallWaits: true, bigWaits: true);
            long bytes = small ? 1_000 : 10_000_000;
            share.Took(small, bytes);
            sent[small ? 0 : 1] += bytes;
        }

        Math.Abs(sent[0] - sent[1]).ShouldBeLessThanOrEqualTo(10_000_000);
    }

    [Fact]
    public void Who_was_alone_for_long_owes_nothing_when_a_rival_comes()
    {
        var share = new FairShare();
        for (int turn = 0; turn < 1_000; turn++)
        {
            share.SmallFirst(smallWaits: true, bigWaits: false).ShouldBeTrue();
            share.Took(small: true, 1_000_000);
        }

        int untilSmall = 0;
        while (!share.SmallFirst(smallWaits: true, bigWaits: true))
        {
            share.Took(small: false, 1_000_000);
            untilSmall++;
        }

        untilSmall.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Who_waits_alone_goes_first()
    {
        new FairShare().SmallFirst(smallWaits: true, bigWaits: false).ShouldBeTrue();
        new FairShare().SmallFirst(smallWaits: false, bigWaits: true).ShouldBeFalse();
    }
}
