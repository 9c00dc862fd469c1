using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class RoomBookTests
{
    private readonly RoomBook _room = new();
    private readonly VesselProgress _progress = new ProgressBoard(TimeProvider.System).Vessel("v");

    [Theory]
    [InlineData("in", 1, 1, 1_000_000, true)]
    [InlineData("other", 1, 1, 1_000_000, true)]
    [InlineData("other", 1, 1, 900_000, true)] // a pool, whose size changes as it fills
    [InlineData("in", 1, 2, 1_000_000, false)]
    [InlineData("other", 0, 0, 1_000_000, true)] // the server tells no numbers
    [InlineData("other", 0, 0, 900_000, false)]
    public void What_is_free_on_a_disk_is_promised_once_whatever_directory_asks(string directory, ulong first, ulong second, long size, bool shared)
    {
        _room.Shortage(Big(1, "in"), new RemoteSpace(100_000, first, 1_000_000)).ShouldBeNull();
        _room.Shortage(Big(2, directory), new RemoteSpace(100_000, second, size)).ShouldBe(shared ? (80_000, 80_000) : null);
    }

    [Theory]
    [InlineData("in", true)]
    [InlineData("other", false)]
    public void Beside_one_whose_disk_is_not_known_the_directory_counts(string directory, bool shared)
    {
        _room.Shortage(Big(1, "in"), null).ShouldBeNull("the first write that fails tells");
        _room.Shortage(Big(2, directory), new RemoteSpace(100_000, 1, 1_000_000)).ShouldBe(shared ? (80_000, 80_000) : null);
    }

    [Fact]
    public void What_has_ended_is_promised_nothing_any_more()
    {
        var space = new RemoteSpace(100_000, 1, 1_000_000);
        Shipment first = Big(1, "in");
        Shipment second = Big(2, "other");
        _room.Shortage(first, space).ShouldBeNull();
        _room.Shortage(second, space).ShouldNotBeNull();
        _room.Leave(first);
        _room.Shortage(second, space).ShouldBeNull();
    }

    private Shipment Big(long id, string directory)
    {
        var version = Cargo.Version(id, 80_000) with { Directory = directory };
        return new Shipment(Cargo.Delivery(version), _progress.Begin(version));
    }
}
