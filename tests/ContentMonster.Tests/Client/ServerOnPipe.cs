using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using ContentMonster.Sftp.Client;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Client;

/// <summary>A real sftp-server over a pipe, a session with it, and a directory of its own.</summary>
internal sealed partial class ServerOnPipe : IAsyncDisposable
{
    private const string Program = "/usr/lib/openssh/sftp-server";
    private const int Stop = 19;
    private readonly System.Diagnostics.Process _process;

    private ServerOnPipe(System.Diagnostics.Process process, string directory, SftpClient client)
    {
        _process = process;
        Directory = directory;
        Client = client;
    }

    public string Directory { get; }

    public SftpClient Client { get; }

    public static Task<ServerOnPipe> StartAsync(SftpOptions? options = null, params string[] arguments) => StartAsync(static _ => { }, options, arguments);

    /// <param name="writing">Shown what is written to the server, before it is.</param>
    /// <param name="options">Null: the usual ones.</param>
    /// <param name="arguments">Of the server.</param>
    public static async Task<ServerOnPipe> StartAsync(Action<ReadOnlyMemory<byte>> writing, SftpOptions? options = null, params string[] arguments)
    {
        if (!File.Exists(Program))
        {
            if (Environment.GetEnvironmentVariable("CI") == "true")
                throw new FileNotFoundException(Program);
            Assert.Skip($"{Program} is not installed");
        }

        string directory = System.IO.Directory.CreateTempSubdirectory("sftp-").FullName;
        var start = new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = directory };
        System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        var transport = new DuplexStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, writing);
        SftpClient client = await SftpClient.ConnectAsync(transport, options ?? new SftpOptions(), TestContext.Current.CancellationToken);
        return new ServerOnPipe(process, directory, client);
    }

    public byte[] Path(string name) => Encoding.UTF8.GetBytes(Local(name));

    public string Local(string name) => System.IO.Path.Combine(Directory, name);

    public async Task<SftpHandle> CreateAsync(string name) =>
        await Client.OpenAsync(Path(name), SftpOpenModes.Write | SftpOpenModes.Create | SftpOpenModes.Truncate, 0x180, CancellationToken.None);

    public void Freeze() => Kill(_process.Id, Stop).ShouldBe(0);

    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        // Killed first: a read of a pipe does not end when this side closes it.
        _process.Kill();
        await Client.DisposeAsync();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
