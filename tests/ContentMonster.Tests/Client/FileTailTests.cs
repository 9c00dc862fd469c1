using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;
using ContentMonster.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace ContentMonster.Tests.Client;

/// <summary>Writes whose bytes the kernel moves from the file to ssh: here to a real sftp-server at the same kind of socket.</summary>
public sealed class FileTailTests : IDisposable
{
    private const string Program = "/usr/lib/openssh/sftp-server";
    private const int Length = (8 << 20) + 12_345;
    private const int Head = 4 << 10; // what is read of a write whose rest is moved
    private readonly ScratchDirectory _scratch = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Most_bytes_are_moved_and_all_arrive()
    {
        using var source = new OpenFile(MakeSource());
        await using Server server = await Server.StartAsync();
        await WarmUpAsync(server.Client);
        await UploadAsync(server.Client, source);
        SHA256.HashData(await File.ReadAllBytesAsync(Place, Token)).ShouldBe(SHA256.HashData(await File.ReadAllBytesAsync(source.Path, Token)));
        source.BytesRead.ShouldBeLessThan(Length / 2);
    }

    [Fact]
    public async Task A_file_that_became_shorter_ends_the_session_and_nothing_else_is_written_in_its_place()
    {
        using var source = new OpenFile(MakeSource());
        byte[] content = await File.ReadAllBytesAsync(source.Path, Token);
        await using Server server = await Server.StartAsync();
        await WarmUpAsync(server.Client);
        bool shortened = false;
        source.Reading = (at, length) =>
        {
            // The write has its head, and its tail is gone.
            if (at > Length / 2 && length == Head && !shortened)
            {
                shortened = true;
                Shorten(source.Path, at + Head + 1_000);
            }
        };
        await Should.ThrowAsync<EndOfStreamException>(UploadAsync(server.Client, source));
        await server.Client.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        server.Client.Broken.ShouldNotBeNull().Message.ShouldContain("in the middle of a write");
        byte[] there = await File.ReadAllBytesAsync(Place, Token);
        there.Length.ShouldBeGreaterThan(Length / 4);
        there.ShouldBe(content[..there.Length]);
    }

    [Fact]
    public async Task Bytes_that_cannot_be_read_any_more_are_the_trouble_of_their_own_upload()
    {
        using var source = new OpenFile(MakeSource());
        await using Server server = await Server.StartAsync();
        await WarmUpAsync(server.Client);
        bool shortened = false;
        source.Reading = (at, length) =>
        {
            if (shortened)
                throw new IOException("the disk is dying");
            if (at > Length / 2 && length == Head)
            {
                shortened = true;
                Shorten(source.Path, at + Head + 1_000);
            }
        };
        (await Should.ThrowAsync<IOException>(UploadAsync(server.Client, source))).Message.ShouldContain("dying");
    }

    [Fact]
    public async Task A_file_that_is_closed_while_writes_of_it_wait_is_kept_open_for_them()
    {
        var source = new OpenFile(MakeSource());
        byte[] content = await File.ReadAllBytesAsync(source.Path, Token);
        await using Server server = await Server.StartAsync();
        await WarmUpAsync(server.Client);
        using var cancelled = new CancellationTokenSource();
        source.Reading = (at, length) =>
        {
            if (at > Length / 2 && length == Head)
                cancelled.Cancel();
        };
        await Should.ThrowAsync<OperationCanceledException>(UploadAsync(server.Client, source, cancelled.Token));
        source.Dispose();

        // The session lives, and what had been begun has arrived as it was.
        (await server.Client.LinkStatAsync(Encoding.UTF8.GetBytes(Place), Token)).ShouldNotBeNull();
        byte[] there = await File.ReadAllBytesAsync(Place, Token);
        there.ShouldBe(content[..there.Length]);
        source.IsClosed.ShouldBeTrue();
    }

    private string Place => Path.Combine(_scratch.Path, "there");

    private string MakeSource()
    {
        string path = Path.Combine(_scratch.Path, "source");
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(Length));
        return path;
    }

    private static void Shorten(string path, long length)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, length);
    }

    // Until it is known that the way is short, and for as long as writes are small, bytes are copied.
    private async Task WarmUpAsync(SftpClient client)
    {
        SftpHandle handle = await client.OpenAsync(Encoding.UTF8.GetBytes(Place + ".warm"), SftpOpenModes.Write | SftpOpenModes.Create, 0x180, Token);
        await client.UploadAsync(handle, new MemorySource(new byte[4 << 20]), 0, 0, 4 << 20, null, Token);
        await client.CloseAsync(handle, Token);
    }

    private async Task UploadAsync(SftpClient client, OpenFile source, CancellationToken cancellationToken = default)
    {
        SftpHandle handle = await client.OpenAsync(Encoding.UTF8.GetBytes(Place), SftpOpenModes.Write | SftpOpenModes.Create, 0x180, Token);
        await client.UploadAsync(handle, source, 0, 0, Length, null, cancellationToken);
        await client.CloseAsync(handle, Token);
    }

    private sealed class Server(SftpClient client, Socket error, int process) : IAsyncDisposable
    {
        public SftpClient Client => client;

        public static async Task<Server> StartAsync()
        {
            (int pid, Socket transport, Socket error) = PosixSpawn.Start(Program, ["-e"], new Dictionary<string, string>(StringComparer.Ordinal));
            return new Server(await SftpClient.ConnectAsync(new ChildStream(transport), new SftpOptions(), Token), error, pid);
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            error.Dispose();
            await ChildReaper.Adopt(process);
        }
    }

    private sealed class OpenFile(string path) : IUploadSource, IDisposable
    {
        private readonly SafeFileHandle _file = System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        private long _bytesRead;

        public string Path => path;

        public Action<long, int> Reading { get; set; } = static (_, _) => { };

        public long BytesRead => Volatile.Read(ref _bytesRead);

        public bool IsClosed => _file.IsClosed;

        public SafeHandle File => _file;

        public int Read(long offset, Span<byte> buffer)
        {
            int read = RandomAccess.Read(_file, buffer, offset);
            Interlocked.Add(ref _bytesRead, read);
            Reading(offset, buffer.Length);
            return read;
        }

        public void Dispose() => _file.Dispose();
    }
}
