using ContentMonster.Daemon.Hosting;

namespace ContentMonster.Tests.Hosting;

public sealed class SystemdNotifyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_arrive_at_a_path_and_at_an_abstract_name(bool isAbstract)
    {
        using var folder = new TempFolder();
        using var systemd = new NotifySocket(isAbstract ? $"@cm-test-{Guid.NewGuid():N}" : folder.File("notify"));
        using SystemdNotify notify = SystemdNotify.FromEnvironment(name => name == "NOTIFY_SOCKET" ? systemd.Address : null);
        notify.Ready();
        (await systemd.ReceiveAsync()).ShouldBe("READY=1");
        notify.Status("two vessels\nMAINPID=1");
        (await systemd.ReceiveAsync()).ShouldBe("STATUS=two vessels\\u{a}MAINPID=1");
        notify.Alive();
        (await systemd.ReceiveAsync()).ShouldBe("WATCHDOG=1");
        notify.Stopping();
        (await systemd.ReceiveAsync()).ShouldBe("STOPPING=1");
    }

    [Fact]
    public void Without_a_socket_nothing_happens()
    {
        foreach (string? address in (string?[])[null, "", "vsock:2:1", "/nowhere/at/all"])
        {
            using SystemdNotify notify = SystemdNotify.FromEnvironment(name => name == "NOTIFY_SOCKET" ? address : null);
            notify.Ready();
            notify.Heartbeat.ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("60000000", null, 30)]
    [InlineData("60000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void The_heart_beats_at_half_of_WatchdogSec_if_the_watchdog_is_ours(string? microseconds, string? pid, int? seconds)
    {
        using var folder = new TempFolder();
        using var systemd = new NotifySocket(folder.File("notify"));
        using SystemdNotify notify = SystemdNotify.FromEnvironment(name => name switch
        {
            "NOTIFY_SOCKET" => systemd.Address,
            "WATCHDOG_USEC" => microseconds,
            "WATCHDOG_PID" => pid,
            _ => null,
        });
        notify.Heartbeat.ShouldBe(seconds is int value ? TimeSpan.FromSeconds(value) : null);
    }
}
