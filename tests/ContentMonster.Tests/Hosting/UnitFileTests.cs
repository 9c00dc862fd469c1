using System.Diagnostics;
using ContentMonster.Tests.Layout;

namespace ContentMonster.Tests.Hosting;

public sealed class UnitFileTests
{
    private static readonly string[] Directives =
    [
        "Type=notify",
        "ExecStart=/usr/bin/contentmonster run --config /etc/contentmonster/settings.ini",
        "User=contentmonster",
        "Group=contentmonster",
        "StateDirectory=contentmonster",
        "StateDirectoryMode=0700",
        "Environment=HOME=/var/lib/contentmonster",
        "Environment=DOTNET_EnableDiagnostics=0",
        "UMask=0077",
        "Restart=always",
        "RestartSec=2s",
        "RestartPreventExitStatus=2",
        "WatchdogSec=60s",
        "KillMode=mixed",
        "TimeoutStopSec=15s",
        "AmbientCapabilities=CAP_LEASE",
        "CapabilityBoundingSet=CAP_LEASE",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectControlGroups=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectProc=invisible",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "RemoveIPC=yes",
        "KeyringMode=private",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallFilter=pidfd_getfd",
        "SystemCallErrorNumber=EPERM",
        "LimitCORE=0",
        "LimitNOFILE=65536",
    ];

    // systemd says nothing about what is left out.
    [Fact]
    public async Task The_unit_locks_the_service_in_and_keeps_it_running()
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(SourceFile.Root, "packaging/contentmonster.service"));
        string[] service = [.. lines.SkipWhile(line => line != "[Service]").Skip(1).TakeWhile(line => !line.StartsWith('[')).Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#')];
        service.Order(StringComparer.Ordinal).ShouldBe(Directives.Order(StringComparer.Ordinal));
        lines.Contains("StartLimitIntervalSec=0", StringComparer.Ordinal).ShouldBeTrue();
    }

    [Fact]
    public async Task Systemd_finds_nothing_to_say_about_the_unit()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            Assert.Skip("systemd-analyze is not installed.");
        }

        using var folder = new TempFolder();
        string unit = await File.ReadAllTextAsync(Path.Combine(SourceFile.Root, "packaging/contentmonster.service"));
        string copy = folder.File("contentmonster.service");
        await File.WriteAllTextAsync(copy, unit
            .Replace("/usr/bin/contentmonster", "/usr/bin/true", StringComparison.Ordinal)
            .Replace("file:///usr/share/doc/contentmonster/README.md", "https://example.com", StringComparison.Ordinal));
        using Process verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", copy]) { RedirectStandardError = true, UseShellExecute = false })!;
        (await verify.StandardError.ReadToEndAsync()).ShouldBeEmpty();
        await verify.WaitForExitAsync();
        verify.ExitCode.ShouldBe(0);
    }
}
