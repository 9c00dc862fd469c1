using BenchmarkDotNet.Attributes;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Process;

namespace ContentMonster.Bench;

/// <summary>
/// A whole upload: source, window, send loop, the stream that leads to ssh, a server that acknowledges at once, receive loop. A write that allocated
/// anything would show as more bytes for more MiB.
/// </summary>
[MemoryDiagnoser]
[ShortRunJob]
public class UploadBenchmarks
{
    private readonly PatternSource _source = new();
    private FakeServer _server = null!;
    private SftpClient _client = null!;
    private SftpHandle _handle = null!;

    [Params(16, 64, 256)]
    public int MiB { get; set; }

    [GlobalSetup]
    public async Task ConnectAsync()
    {
        (System.Net.Sockets.Socket ours, System.Net.Sockets.Socket theirs) = SocketPair.Open();
        _server = new FakeServer(theirs);
        _client = await SftpClient.ConnectAsync(new ChildStream(ours), new SftpOptions(), CancellationToken.None);
        await _client.LimitsKnown;
        _handle = await _client.OpenAsync("file"u8.ToArray(), SftpOpenModes.Write | SftpOpenModes.Create, null, CancellationToken.None);

        // The window and the writes grow to their full size.
        await UploadAsync();
        long before = _server.Writes;
        await UploadAsync();
        Console.WriteLine($"// {MiB} MiB are {_server.Writes - before} writes.");
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _client.DisposeAsync();
        _server.Join();
    }

    [Benchmark]
    public Task UploadAsync() => _client.UploadAsync(_handle, _source, 0, 0, MiB * 1_048_576L, static _ => { }, CancellationToken.None);
}
