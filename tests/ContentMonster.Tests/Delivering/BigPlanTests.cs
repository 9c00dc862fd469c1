using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Model;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class BigPlanTests
{
    private const long Mebibyte = 1 << 20;
    private readonly VesselProgress _progress = new ProgressBoard(new ManualTime()).Vessel("ship");
    private int _number;

    [Fact]
    public void Three_are_under_way_and_more_while_they_are_not_much_together()
    {
        Chosen(8, Mebibyte * 1000, []).ShouldBe(3);
        Chosen(40, Mebibyte * 9, []).ShouldBe(15);
        Chosen(200, 2 * Mebibyte, [.. Many(120, Mebibyte)]).ShouldBe(4);
        BigPlan.Room([.. Many(120, Mebibyte)]).ShouldBe(8);
        BigPlan.Room([]).ShouldBe(16);
        Chosen(1, Mebibyte, [.. Many(3, Mebibyte * 1000)]).ShouldBe(0);
    }

    [Fact]
    public void Those_that_are_all_there_and_being_proved_count_whole()
    {
        List<Shipment> underWay = [.. Many(3, Mebibyte * 1000)];
        foreach (Shipment shipment in underWay)
        {
            for (int chunk = 0; chunk < shipment.Version.ChunkCount; chunk++)
            {
                shipment.Advance(chunk, shipment.Version.LengthOfChunk(chunk), shipment.Version.LengthOfChunk(chunk));
            }
        }

        underWay.Sum(static shipment => shipment.BytesLeft).ShouldBe(0);
        BigPlan.Choose([One(Mebibyte * 1000)], underWay).ShouldBeEmpty();
    }

    [Fact]
    public void Three_of_a_higher_priority_may_go_beside_them()
    {
        List<Shipment> underWay = [.. Many(3, Mebibyte * 1000)];
        foreach (int priority in new[] { 1, 2, 5 })
        {
            BigPlan.Room(underWay).ShouldBe(1);
            BigPlan.Choose([One(Mebibyte * 1000, priority)], underWay).Count.ShouldBe(1);
            underWay.Add(Of(One(Mebibyte * 1000, priority)));
            BigPlan.Choose([One(Mebibyte * 1000, priority)], underWay).ShouldBeEmpty();
        }

        BigPlan.Room(underWay).ShouldBe(0);
        BigPlan.Choose([One(Mebibyte, 9)], underWay).ShouldBeEmpty();
    }

    private int Chosen(int count, long size, Shipment[] underWay) => BigPlan.Choose([.. Enumerable.Range(0, count).Select(_ => One(size))], underWay).Count;

    private IEnumerable<Shipment> Many(int count, long size) => Enumerable.Range(0, count).Select(_ => Of(One(size)));

    private Shipment Of(Delivery delivery) => new(delivery, _progress.Begin(delivery.Version));

    private Delivery One(long size, int priority = 0) => new()
    {
        Version = new FileVersion
        {
            Id = ++_number, Token = "0123456789abcdef0123456789abcdef", Directory = "in", Path = BytePath.FromText($"file{_number}"), ChunkSizeInBytes = 10 * Mebibyte, Stamp = new FileStamp(1, 1, size, 1, 1, 0x1A4),
        },
        Vessel = "ship",
        State = DeliveryState.Waiting,
        Priority = priority,
    };
}
