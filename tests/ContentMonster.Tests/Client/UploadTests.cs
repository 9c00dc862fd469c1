using ContentMonster.Sftp.Client;

namespace ContentMonster.Tests.Client;

/// <summary>Uploads against OpenSSH's sftp-server.</summary>
public sealed class UploadTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32_767)]
    [InlineData(32_768)]
    [InlineData(32_769)]
    [InlineData(20_000_000)]
    public async Task A_file_arrives_whole(int length)
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        byte[] content = MemorySource.Bytes(length);
        SftpHandle file = await server.CreateAsync("f");
        var told = new List<long>();
        await server.Client.UploadAsync(file, new MemorySource(content), 0, 0, length, told.Add, None);
        await server.Client.CloseAsync(file, None);
        File.ReadAllBytes(server.Local("f")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        told.ShouldBeInOrder();
        told.LastOrDefault().ShouldBe(length);
        server.Client.BytesAcknowledged.ShouldBe(length);
        server.Client.BytesSent.ShouldBe(length);
    }

    [Fact]
    public async Task A_range_goes_to_its_offset()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        byte[] content = MemorySource.Bytes(100_000);
        SftpHandle file = await server.CreateAsync("f");
        await server.Client.UploadAsync(file, new MemorySource(content), 1_000, 7, 50_000, null, None);
        File.ReadAllBytes(server.Local("f")).AsSpan(7).SequenceEqual(content.AsSpan(1_000, 50_000)).ShouldBeTrue();
    }

    [Fact]
    public async Task Several_at_once_share_the_session()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            byte[] content = MemorySource.Bytes(2_000_000 + i, i);
            SftpHandle file = await server.CreateAsync($"f{i}");
            await server.Client.UploadAsync(file, new MemorySource(content), 0, 0, content.Length, null, None);
            await server.Client.CloseAsync(file, None);
            File.ReadAllBytes(server.Local($"f{i}")).AsSpan().SequenceEqual(content).ShouldBeTrue();
        }));
    }

    [Fact]
    public async Task Hundreds_of_small_files_at_once()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
        {
            byte[] content = MemorySource.Bytes(i * 7, i);
            SftpHandle file = await server.CreateAsync($"f{i}");
            await server.Client.UploadAsync(file, new MemorySource(content), 0, 0, content.Length, null, None);
            await server.Client.CloseAsync(file, None);
        }));
        for (int i = 0; i < 500; i++)
            File.ReadAllBytes(server.Local($"f{i}")).AsSpan().SequenceEqual(MemorySource.Bytes(i * 7, i)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_refused_write_fails_its_upload_alone()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        await File.WriteAllTextAsync(server.Local("f"), "", None);
        SftpHandle reading = await server.Client.OpenAsync(server.Path("f"), SftpOpenModes.Read, null, None);
        var told = new List<long>();
        SftpStatusException refused = await Should.ThrowAsync<SftpStatusException>(() => server.Client.UploadAsync(reading, new MemorySource(new byte[5_000_000]), 0, 0, 5_000_000, told.Add, None));
        refused.Message.ShouldContain("after 0 bytes");
        told.ShouldBeEmpty();
        SftpHandle file = await server.CreateAsync("g");
        await server.Client.UploadAsync(file, new MemorySource(new byte[1_000_000]), 0, 0, 1_000_000, null, None);
        new FileInfo(server.Local("g")).Length.ShouldBe(1_000_000);
    }

    [Fact]
    public async Task A_source_that_shrank_fails_its_upload_and_what_was_told_is_safe()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SftpHandle file = await server.CreateAsync("f");
        long told = 0;
        await Should.ThrowAsync<EndOfStreamException>(() => server.Client.UploadAsync(file, new MemorySource(new byte[100_000]), 0, 0, 200_000, bytes => told = bytes, None));
        told.ShouldBeInRange(100_000 - 32_767, 100_000);
        new FileInfo(server.Local("f")).Length.ShouldBe(told);
        await server.Client.CloseAsync(file, None);
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_the_session_and_its_window_to_the_others()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        for (int i = 0; i < 20; i++)
        {
            using var cancel = new CancellationTokenSource();
            SftpHandle file = await server.CreateAsync("f");
            await Should.ThrowAsync<OperationCanceledException>(() => server.Client.UploadAsync(file, new MemorySource(new byte[20_000_000]), 0, 0, 20_000_000, bytes => cancel.Cancel(), cancel.Token));
            await server.Client.CloseAsync(file, None);
        }

        SftpHandle last = await server.CreateAsync("g");
        await server.Client.UploadAsync(last, new MemorySource(new byte[5_000_000]), 0, 0, 5_000_000, null, None);
        new FileInfo(server.Local("g")).Length.ShouldBe(5_000_000);
    }

    [Fact]
    public async Task A_callback_that_throws_fails_its_upload_alone()
    {
        await using ServerOnPipe server = await ServerOnPipe.StartAsync();
        SftpHandle file = await server.CreateAsync("f");
        await Should.ThrowAsync<InvalidOperationException>(() => server.Client.UploadAsync(file, new MemorySource(new byte[5_000_000]), 0, 0, 5_000_000, _ => throw new InvalidOperationException(), None));
        await server.Client.CloseAsync(file, None);
    }

    [Fact]
    public async Task The_throttle_is_asked_for_every_byte()
    {
        var throttle = new CountingThrottle();
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(new SftpOptions { Throttle = throttle });
        SftpHandle file = await server.CreateAsync("f");
        await server.Client.UploadAsync(file, new MemorySource(new byte[1_000_001]), 0, 0, 1_000_001, null, None);
        throttle.Taken.ShouldBe(1_000_001);
    }

    [Fact]
    public async Task An_upload_that_the_throttle_holds_back_ends_with_the_session()
    {
        var throttle = new CountingThrottle { Held = true };
        await using ServerOnPipe server = await ServerOnPipe.StartAsync(new SftpOptions { Throttle = throttle });
        SftpHandle file = await server.CreateAsync("f");
        Task upload = server.Client.UploadAsync(file, new MemorySource(new byte[10]), 0, 0, 10, null, None);
        server.Kill();
        await Should.ThrowAsync<SftpConnectionException>(() => upload);
    }

    private sealed class CountingThrottle : IUploadThrottle
    {
        public long Taken { get; private set; }

        public bool Held { get; init; }

        public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
        {
            Taken += bytes;
            if (Held)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
    }
}
