using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Servers;
using ContentMonster.Tests.Simulation;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

public sealed class PlainOpenSsh : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(new ThrowawaySshdOptions());
}

/// <summary>SFTP in a chroot, and nothing else.</summary>
public sealed class ChrootedSftp : SshRig
{
    // Below nothing that others may write to, or sshd refuses it.
    private readonly string _jail = $"/run/cm-jail-{Guid.NewGuid():N}";

    public ChrootedSftp() => Missing = Posix.IsRoot ? null : "chroot takes root.";

    internal override BytePath Root => BytePath.FromText("/far");

    private protected override Task<ThrowawaySshdOptions> OptionsAsync()
    {
        Directory.CreateDirectory(_jail);
        return Task.FromResult(new ThrowawaySshdOptions { SftpProgram = "internal-sftp", ConfigLines = ["ForceCommand internal-sftp", $"ChrootDirectory {_jail}"] });
    }

    private protected override string Local(BytePath path) => _jail + Tree.Local(path);

    private protected override async ValueTask EndAsync()
    {
        await base.EndAsync();
        Posix.Run("rm", "-rf", "--", _jail);
    }
}

public sealed class WithoutPosixRename : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(WithSftp("-P posix-rename"));
}

public sealed class WithoutLimits : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(WithSftp("-P limits"));
}

/// <summary>A shell and tools from busybox alone.</summary>
public sealed class BusyboxOnly : SshRig
{
    public BusyboxOnly() => Missing = File.Exists("/usr/bin/busybox") ? null : "busybox is not installed.";

    private protected override Task<ThrowawaySshdOptions> OptionsAsync()
    {
        string folder = Directory.CreateDirectory(Scratch("bin")).FullName;
        Posix.Run("/usr/bin/busybox", "--install", "-s", folder);
        return Task.FromResult(Through($"PATH='{folder}' exec /usr/bin/busybox sh -c \"$SSH_ORIGINAL_COMMAND\""));
    }
}

public sealed class WithoutCat : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(Through($"PATH='{PathWithout("cat", "busybox")}' exec sh -c \"$SSH_ORIGINAL_COMMAND\""));
}

public sealed class WithoutHashTool : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() =>
        Task.FromResult(Through($"PATH='{PathWithout("openssl", "sha256sum", "shasum", "sha256", "busybox", "digest")}' exec sh -c \"$SSH_ORIGINAL_COMMAND\""));
}

/// <summary>A banner before the login, and words on both outputs before a command runs.</summary>
public sealed class NoisyLogin : SshRig
{
    private protected override async Task<ThrowawaySshdOptions> OptionsAsync()
    {
        await File.WriteAllTextAsync(Scratch("banner"), "Welcome aboard.\nREADY\n");
        return Through(
            "case \"$SSH_ORIGINAL_COMMAND\" in *sftp*) ;; *) echo 'You have mail.'; echo 'quota: fine' >&2 ;; esac; exec sh -c \"$SSH_ORIGINAL_COMMAND\"", $"Banner {Scratch("banner")}");
    }
}

public sealed class OneSession : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(new ThrowawaySshdOptions { ConfigLines = ["MaxSessions 1"] });
}

public sealed class OneStartup : SshRig
{
    private protected override Task<ThrowawaySshdOptions> OptionsAsync() => Task.FromResult(new ThrowawaySshdOptions { ConfigLines = ["MaxStartups 1"] });
}

/// <summary>An account whose login shell is no POSIX shell.</summary>
public sealed class TcshLogin : SshRig
{
    private const string Shell = "/bin/tcsh";
    private ThrowawayUser? _user;

    public TcshLogin() => Missing = !Posix.IsRoot ? "Making accounts takes root." : File.Exists(Shell) ? null : "tcsh is not installed.";

    internal override BytePath Root => BytePath.FromText($"{_user!.Home}/far");

    internal override void Put(BytePath path, byte[] content)
    {
        base.Put(path, content);
        Posix.Run("chown", "-R", _user!.Name, Tree.Local(Root));
    }

    private protected override async Task<ThrowawaySshdOptions> OptionsAsync()
    {
        _user = await ThrowawayUser.MakeAsync();
        Posix.Run("usermod", "-s", Shell, _user.Name);
        return new ThrowawaySshdOptions { Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _user.Home } };
    }

    private protected override VesselSettings Change(VesselSettings settings) => settings with { Username = _user!.Name };

    private protected override async ValueTask EndAsync()
    {
        await base.EndAsync();
        if (_user is not null)
        {
            await _user.DisposeAsync();
        }
    }
}

/// <summary>Dropbear with OpenSSH's sftp-server.</summary>
public sealed class DropbearServer : VesselRig
{
    private ThrowawayDropbear? _server;

    public DropbearServer() => Missing = !Posix.IsRoot ? "Making accounts takes root." : File.Exists("/usr/sbin/dropbear") ? null : "Dropbear is not installed.";

    internal override BytePath Root => BytePath.FromText($"{_server!.User.Home}/far");

    internal override byte[]? Content(BytePath path) => Read(Tree.Local(Root), Below(path));

    internal override void Put(BytePath path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Tree.Local(path))!);
        File.WriteAllBytes(Tree.Local(path), content);
        Posix.Run("chown", "-R", _server!.User.Name, Tree.Local(Root));
    }

    private protected override async Task<IVessel> ConnectAsync()
    {
        _server = await ThrowawayDropbear.StartAsync();
        var settings = new VesselSettings { Name = "dropbear", Address = "127.0.0.1", Port = _server.Port, Username = _server.User.Name, IdentityFile = _server.ClientKeyFile };
        return await SshVessel.ConnectAsync(settings, new VesselPlaces(PartName.NewId(), _server.KnownHostsFile, "", [Root]), new VesselMemory(), throttle: null, TimeProvider.System, waitingBytes: 0, CancellationToken.None);
    }

    private protected override async ValueTask EndAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}

/// <summary>The vessel of the simulated worlds, on a day without mishaps.</summary>
public sealed class SimulatedFarSide : VesselRig
{
    private readonly SimulatedHost _host = new("simulated", new SimulatedClock(), new Random(1), static _ => { }) { SlowestAnswer = TimeSpan.Zero };

    internal override BytePath Root => BytePath.FromText("/far");

    internal override byte[]? Content(BytePath path) => _host.Disk.Find(path)?.Content;

    internal override void Put(BytePath path, byte[] content) => _host.Disk.Create(path).Content = content;

    private protected override Task<IVessel> ConnectAsync() => _host.ConnectAsync(CancellationToken.None);

    private protected override ValueTask EndAsync() => ValueTask.CompletedTask;
}

/// <summary>The same without a shell, where a file is replaced in two renames.</summary>
public sealed class SimulatedInTwoSteps : VesselRig
{
    private readonly SimulatedHost _host = new("simulated", new SimulatedClock(), new Random(1), static _ => { })
    {
        SlowestAnswer = TimeSpan.Zero, Facts = new VesselFacts { Proof = VerifiedBy.Nothing, CanSync = false, CanReplace = false, Extensions = SimulatedHost.SimulatedExtensions },
    };

    internal override BytePath Root => BytePath.FromText("/far");

    internal override byte[]? Content(BytePath path) => _host.Disk.Find(path)?.Content;

    internal override void Put(BytePath path, byte[] content) => _host.Disk.Create(path).Content = content;

    private protected override Task<IVessel> ConnectAsync() => _host.ConnectAsync(CancellationToken.None);

    private protected override ValueTask EndAsync() => ValueTask.CompletedTask;
}
