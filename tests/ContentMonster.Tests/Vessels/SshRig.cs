using ContentMonster.Configuration;
using ContentMonster.Daemon.Demo;
using ContentMonster.Model;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Vessels;

/// <summary>A private OpenSSH server on this machine as a vessel; each kind says what is special about it.</summary>
public abstract class SshRig : VesselRig
{
    private const string SftpServer = "/usr/lib/openssh/sftp-server";
    private readonly ScratchDirectory _scratch = new();
    private ThrowawaySshd? _server;

    internal override BytePath Root => BytePath.FromText(_scratch["far"]);

    internal string Scratch(string name) => _scratch[name];

    internal override byte[]? Content(BytePath path) => Read(Local(Root), Below(path));

    internal override void Put(BytePath path, byte[] content)
    {
        string local = Local(path);
        Directory.CreateDirectory(Path.GetDirectoryName(local)!);
        File.WriteAllBytes(local, content);
    }

    private protected static ThrowawaySshdOptions WithSftp(string arguments) => new() { SftpProgram = $"{SftpServer} {arguments}" };

    /// <summary>All that the server starts goes through these words of sh; SSH_ORIGINAL_COMMAND is what was asked for.</summary>
    private protected static ThrowawaySshdOptions Through(string script, params string[] lines) => new() { ConfigLines = [$"ForceCommand {script}", .. lines] };

    /// <summary>A folder to be the whole PATH: links to all programs but these.</summary>
    private protected string PathWithout(params string[] programs)
    {
        string folder = Directory.CreateDirectory(_scratch["bin"]).FullName;
        foreach (string program in Directory.EnumerateFiles("/usr/bin").Concat(Directory.EnumerateFiles("/bin")))
        {
            string name = Path.GetFileName(program);
            if (!programs.Contains(name, StringComparer.Ordinal) && !File.Exists(Path.Combine(folder, name)))
            {
                File.CreateSymbolicLink(Path.Combine(folder, name), program);
            }
        }

        return folder;
    }

    private protected abstract Task<ThrowawaySshdOptions> OptionsAsync();

    private protected virtual string Local(BytePath path) => Tree.Local(path);

    private protected virtual VesselSettings Change(VesselSettings settings) => settings;

    private protected override async Task<IVessel> ConnectAsync()
    {
        Directory.CreateDirectory(_scratch["far"]);
        _server = await ThrowawaySshd.StartAsync(await OptionsAsync(), CancellationToken.None);
        var settings = new VesselSettings { Name = "far", Address = "127.0.0.1", Port = _server.Port, Username = _server.User, IdentityFile = _server.ClientKeyFile };
        var places = new VesselPlaces(PartName.NewId(), _scratch["known_hosts"], "", [Root]);
        return await SshVessel.ConnectAsync(Change(settings), places, new VesselMemory(), throttle: null, TimeProvider.System, waitingBytes: 0, CancellationToken.None);
    }

    private protected override async ValueTask EndAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        // Names that System.IO cannot say lie in it.
        Posix.Run("rm", "-rf", "--", _scratch["far"]);
        _scratch.Dispose();
    }
}
