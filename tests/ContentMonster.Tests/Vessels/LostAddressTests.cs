using System.Net;
using System.Net.Sockets;
using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class LostAddressTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_made_from_an_address_that_is_gone_end_and_say_so_and_no_others()
    {
        using var scratch = new ScratchDirectory();
        await using ThrowawaySshd sshd = await ThrowawaySshd.StartAsync(new ThrowawaySshdOptions(), Token);
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = sshd.Port, Username = sshd.User, IdentityFile = sshd.ClientKeyFile };
        BytePath inbox = BytePath.FromText(scratch["inbox"]);
        var places = new VesselPlaces(PartName.NewId(), scratch["known_hosts"], "", [inbox]);
        bool elsewise = false;
        var memory = new VesselMemory { Connections = new Connections((_, _) => Volatile.Read(ref elsewise)) };
        await using IVessel vessel = await SshVessel.ConnectAsync(settings, places, memory, throttle: null, TimeProvider.System, waitingBytes: 0, Token);
        await vessel.Explored;
        IVesselLane lane = await vessel.OpenLaneAsync(Token);
        RemoteRange[] ranges = [new(inbox.Join(BytePath.FromText("none")), 0, 1, WholeFile: true)];

        memory.Connections.EndFrom(new HashSet<IPAddress> { IPAddress.Parse("192.0.2.1"), IPAddress.IPv6Loopback });
        memory.Connections.EndFrom(new HashSet<IPAddress> { IPAddress.Loopback });
        (await vessel.LookAsync(inbox.Join(BytePath.FromText("none")), Token)).ShouldBeNull();
        (await vessel.HashAsync(ranges, Token)).Count.ShouldBe(1);

        Task<IReadOnlyList<RangeHash>> hashing = vessel.HashAsync([.. Enumerable.Repeat(ranges[0], 500)], Token);
        Volatile.Write(ref elsewise, true);
        memory.Connections.EndFrom(new HashSet<IPAddress> { IPAddress.Loopback });
        await lane.Ended.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        foreach (VesselException told in new[] { lane.Fault!, await Should.ThrowAsync<VesselException>(vessel.LookAsync(inbox, Token)), await Should.ThrowAsync<VesselException>(hashing) })
        {
            told.Kind.ShouldBe(FailureKind.Stalled);
            told.Message.ShouldContain("no longer the address 127.0.0.1");
        }
    }

    [Fact]
    public async Task One_that_is_being_made_ends_as_well()
    {
        using var scratch = new ScratchDirectory();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = new VesselSettings { Name = "ship", Address = "127.0.0.1", Port = ((IPEndPoint)silent.LocalEndpoint).Port, Username = "nobody", Timeout = TimeSpan.FromMinutes(5) };
        var memory = new VesselMemory { Connections = new Connections(static (_, _) => true) };
        Task connecting = SshVessel.ConnectAsync(settings, new VesselPlaces(PartName.NewId(), scratch["known_hosts"], "", []), memory, throttle: null, TimeProvider.System, waitingBytes: 0, Token);
        await Eventually.BeTrueAsync(
            () =>
            {
                memory.Connections.EndFrom(new HashSet<IPAddress> { IPAddress.Loopback });
                return connecting.IsCompleted;
            },
            "it is over");
        VesselException told = await Should.ThrowAsync<VesselException>(connecting);
        told.Kind.ShouldBe(FailureKind.Stalled);
        told.Message.ShouldContain("no longer the address 127.0.0.1");
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.2", true)]
    public void The_kernel_tells_from_where_it_would_send(string from, bool elsewise) =>
        Connections.GoesElsewise(IPAddress.Parse(from), new IPEndPoint(IPAddress.Loopback, 9)).ShouldBe(elsewise);

    [Theory]
    [InlineData(2, "0A4D0101", "0A4D0102", "10.77.1.1", "10.77.1.2")]
    [InlineData(10, "00000000000000000000FFFF0A4D0101", "00000000000000000000FFFF0A4D0102", "10.77.1.1", "10.77.1.2")]
    [InlineData(10, "20010DB8000000000000000000000001", "20010DB8000000000000000000000002", "2001:db8::1", "2001:db8::2")]
    public void Both_ends_are_read_from_the_name_of_a_connection(byte family, string ours, string theirs, string from, string to)
    {
        // linux/inet_diag.h, struct inet_diag_sockid: our port and theirs, our address and theirs, interface, cookie.
        byte[] name = new byte[49];
        name.AsSpan().Fill(0xEE);
        name[0] = family;
        name.AsSpan(5, 32).Clear();
        (name[3], name[4]) = (0x56, 0x06);
        Convert.FromHexString(ours).CopyTo(name, 5);
        Convert.FromHexString(theirs).CopyTo(name, 21);
        SocketDiagnosis.EndsIn(name).ShouldBe((IPAddress.Parse(from), new IPEndPoint(IPAddress.Parse(to), 22022)));
    }
}
