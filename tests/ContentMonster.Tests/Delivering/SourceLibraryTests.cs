using System.Security.Cryptography;
using ContentMonster.Delivering;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Delivering;

public sealed class SourceLibraryTests : IDisposable
{
    private const int Size = (40 * Cargo.ChunkSize) + 7;
    private readonly ScratchDirectory _shore = new();
    private readonly LedgerRoom _room = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Size);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _shore.Dispose();
        _room.Dispose();
    }

    [Fact]
    public async Task Hashing_goes_on_without_readers_so_that_a_broken_link_does_not_begin_it_again()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        FileVersion version = await RecordAsync(ledger);
        using var library = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal) { ["in"] = _shore.Path });
        using (SourceLibrary.Lease lease = library.Open(version))
        {
            (await lease.Book.ChunkHashAsync(0, Token)).ShouldBe(SHA256.HashData(_content.AsSpan(0, Cargo.ChunkSize)));
        }

        // Nobody asks any more: the ledger learns the hashes all the same.
        await Eventually.BeTrueAsync(() => HashesIn(ledger) is not null, "the whole is hashed");
        HashesIn(ledger).ShouldBe(SHA256.HashData(_content));
    }

    [Fact]
    public async Task A_pass_that_fails_again_and_again_ends_for_whoever_waits_for_it()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        FileVersion version = await RecordAsync(ledger);
        for (int time = 0; time < 20; time++)
        {
            using var turns = new SemaphoreSlim(2, 2);
            using var book = new SourceBook(version, new Disk(_content, badFrom: 20L * Cargo.ChunkSize) { IsBad = true }, ledger, turns);

            // So many chunks are hashed in the time it takes to wake one waiter that the pass has failed when it looks.
            Task<byte[]>[] asked = [.. Enumerable.Range(21, 20).Select(chunk => book.ChunkHashAsync(chunk, Token))];
            await Task.WhenAll(asked.Select(one => Should.ThrowAsync<SourceException>(() => one))).WaitAsync(TimeSpan.FromSeconds(20), Token);
            asked.ShouldAllBe(one => one.IsFaulted && one.Exception!.InnerException is SourceException);
        }
    }

    [Fact]
    public async Task After_a_pass_that_failed_no_hash_of_nothing_is_given_out()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        FileVersion version = await RecordAsync(ledger);
        using var turns = new SemaphoreSlim(2, 2);
        var file = new Disk(_content, badFrom: 20L * Cargo.ChunkSize) { IsBad = true };
        using var book = new SourceBook(version, file, ledger, turns);
        await Should.ThrowAsync<SourceException>(() => book.ChunkHashAsync(30, Token).WaitAsync(TimeSpan.FromSeconds(30), Token));

        file.IsBad = false;

        // The second pass is held at its first chunk while a chunk is asked for that the first pass had known.
        await turns.WaitAsync(Token);
        await turns.WaitAsync(Token);
        Task<byte[]> last = book.ChunkHashAsync(40, Token);
        var asked = new List<Task<byte[]>>();
        for (int time = 0; time < 50; time++)
        {
            asked.Add(book.ChunkHashAsync(5, Token));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Token);
        }

        turns.Release(2);
        (await last.WaitAsync(TimeSpan.FromSeconds(30), Token)).ShouldBe(SHA256.HashData(_content.AsSpan(40 * Cargo.ChunkSize)));
        byte[] fifth = SHA256.HashData(_content.AsSpan(5 * Cargo.ChunkSize, Cargo.ChunkSize));
        foreach (byte[] hash in await Task.WhenAll(asked))
        {
            hash.ShouldBe(fifth);
        }
    }

    [Fact]
    public async Task Where_only_the_whole_is_asked_for_it_alone_is_hashed_and_the_chunks_when_they_are()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        FileVersion version = await RecordAsync(ledger);
        using var turns = new SemaphoreSlim(2, 2);
        var file = new Disk(_content, badFrom: 20L * Cargo.ChunkSize) { IsBad = true };
        using var book = new SourceBook(version, file, ledger, turns);
        book.BeginWhole();
        await Should.ThrowAsync<SourceException>(() => book.WholeHashAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token));

        file.IsBad = false;
        await Eventually.BeTrueAsync(() => book.Hashing is null, "the pass has failed");
        book.BeginWhole();
        (await book.WholeHashAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token)).ShouldBe(SHA256.HashData(_content));
        FileVersion known = (await ledger.QueueAsync("v", 1, new HashSet<long>(), big: true, Token)).Single().Version;
        known.Sha256.ShouldBe(SHA256.HashData(_content));
        known.ChunkHashes.ShouldBeNull();

        (await book.ChunkHashAsync(40, Token).WaitAsync(TimeSpan.FromSeconds(30), Token)).ShouldBe(SHA256.HashData(_content.AsSpan(40 * Cargo.ChunkSize)));
        using var later = new SourceBook(known, new Disk(_content, badFrom: 0), ledger, turns);
        (await later.WholeHashAsync(Token)).ShouldBe(SHA256.HashData(_content));
        (await later.ChunkHashAsync(0, Token)).ShouldBe(SHA256.HashData(_content.AsSpan(0, Cargo.ChunkSize)));
    }

    [Fact]
    public async Task Two_passes_that_read_different_bytes_of_one_version_are_not_both_believed()
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        FileVersion version = await RecordAsync(ledger);
        using var turns = new SemaphoreSlim(2, 2);
        using var book = new SourceBook(version, new Disk(_content, badFrom: 0), ledger, turns);
        book.BeginWhole();
        byte[] whole = await book.WholeHashAsync(Token);
        _content[5] ^= 1;
        await Should.ThrowAsync<SourceException>(() => book.ChunkHashAsync(40, Token).WaitAsync(TimeSpan.FromSeconds(30), Token));
        HashesIn(ledger).ShouldBe(whole);
    }

    [Fact]
    public async Task Files_of_one_directory_that_take_for_ever_hold_up_no_other_directory()
    {
        const long Endless = 1L << 40;
        await using SqliteLedger ledger = await _room.OpenAsync();
        using var other = new ScratchDirectory();
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"]), new DeclaredDirectory("other", 0, ["v"])], ["v"], Token);
        using var library = new SourceLibrary(ledger, new Dictionary<string, string>(StringComparer.Ordinal) { ["in"] = _shore.Path, ["other"] = other.Path });

        // The last one takes thousands of turns: long before it is through the first two have theirs.
        foreach ((string path, long size) in new[] { (_shore["first"], Endless), (_shore["second"], Endless), (other["file"], 4096L * Cargo.ChunkSize) })
        {
            await using FileStream file = File.Create(path);
            file.SetLength(size);
        }

        await ledger.RecordAsync("in", [Seen(_shore, "first"), Seen(_shore, "second")], Endless, Token);
        await ledger.RecordAsync("other", [Seen(other, "file")], Cargo.ChunkSize, Token);
        Dictionary<string, FileVersion> versions = (await ledger.MissingAsync(3, Token)).ToDictionary(missing => missing.Version.Path.ToString(), missing => missing.Version, StringComparer.Ordinal);

        using SourceLibrary.Lease first = library.Open(versions["first"]);
        using SourceLibrary.Lease second = library.Open(versions["second"]);
        first.Book.BeginWhole();
        second.Book.BeginWhole();
        using SourceLibrary.Lease third = library.Open(versions["file"]);
        await third.Book.WholeHashAsync(Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
        _ = first.Book.Hashing.ShouldNotBeNull();
        _ = second.Book.Hashing.ShouldNotBeNull();
    }

    private static SeenFile Seen(ScratchDirectory shore, string name)
    {
        using ShoreRoot root = ShoreRoot.Open(shore.Path);
        return new SeenFile(BytePath.FromText(name), root.Look(BytePath.FromText(name))!.Value.Stamp);
    }

    private static byte[]? HashesIn(SqliteLedger ledger) =>
        ledger.QueueAsync("v", 1, new HashSet<long>(), big: true, Token).GetAwaiter().GetResult().Single().Version.Sha256;

    private async Task<FileVersion> RecordAsync(SqliteLedger ledger)
    {
        await File.WriteAllBytesAsync(_shore["file"], _content, Token);
        await ledger.DeclareAsync([new DeclaredDirectory("in", 0, ["v"])], ["v"], Token);
        using ShoreRoot root = ShoreRoot.Open(_shore.Path);
        FileStamp stamp = root.Look(BytePath.FromText("file"))!.Value.Stamp;
        await ledger.RecordAsync("in", [new SeenFile(BytePath.FromText("file"), stamp)], Cargo.ChunkSize, Token);
        return (await ledger.QueueAsync("v", 1, new HashSet<long>(), big: true, Token)).Single().Version;
    }

    private sealed class Disk(byte[] content, long badFrom) : ShoreFile
    {
        public bool IsBad { get; set; }

        public override FileStamp Stamp => default;

        public override FileStamp CurrentStamp() => default;

        public override int Read(long offset, Span<byte> buffer)
        {
            if (IsBad && offset >= badFrom)
            {
                throw new ShoreException(ShoreFailure.ReadFailed, "Could not read it, because the disk said no.");
            }

            content.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        public override WriterVerdict ProbeWriter() => WriterVerdict.Free;

        public override void Dispose()
        {
        }
    }
}
