using System.Security.Cryptography;
using ContentMonster.Delivering;
using ContentMonster.Diagnostics;
using ContentMonster.Ledger;
using ContentMonster.Model;
using ContentMonster.Planning;
using ContentMonster.Shore;
using ContentMonster.Tests.Ledger;
using ContentMonster.Tests.Support;
using ContentMonster.Vessels;

namespace ContentMonster.Tests.Delivering;

public sealed class LateProofTests : IDisposable
{
    private const int Chunks = 10;
    private const string Boot = "boot";
    private readonly LedgerRoom _room = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Chunks * Cargo.ChunkSize);
    private readonly List<RemoteRange> _hashed = [];
    private ProofPlan _plan = new(long.MaxValue, 0, double.PositiveInfinity);
    private readonly ManualTime _time = new();
    private byte[] _there = [];
    private Action<int> _arriving = static _ => { };
    private Func<int, bool> _again = static _ => false;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _room.Dispose();

    [Fact]
    public async Task The_whole_is_hashed_once_and_then_all_its_chunks_are_proved()
    {
        _there = _content;
        (int[] left, Shipment shipment) = await SettleAsync(verifiedBefore: 2);
        left.ShouldBeEmpty();
        Enumerable.Range(0, Chunks).ShouldAllBe(chunk => shipment.IsVerified(chunk, Boot));
        RemoteRange asked = _hashed.ShouldHaveSingleItem();
        (asked.WholeFile, asked.Length).ShouldBe((true, _content.Length));
    }

    [Fact]
    public async Task Of_a_whole_that_is_wrong_every_chunk_is_in_doubt_also_those_that_had_been_proved()
    {
        _there = [.. _content];
        _there[7] ^= 1;
        (int[] left, Shipment shipment) = await SettleAsync(verifiedBefore: 2);
        left.ShouldBe(Enumerable.Range(0, Chunks));
        shipment.IsVerified(0, Boot).ShouldBeFalse();
    }

    [Fact]
    public async Task Where_few_were_left_to_the_end_only_they_are_hashed()
    {
        (int[] left, _) = await SettleAsync(verifiedBefore: Chunks - 2);
        left.ShouldBe([Chunks - 2, Chunks - 1]);
        _hashed.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_comes_slowly_is_not_left_to_the_end()
    {
        _plan = ProofPlan.ChunkByChunk;
        (int[] left, _) = await SettleAsync(verifiedBefore: 0, taken: false);
        left.ShouldBeEmpty();
    }

    [Fact]
    public async Task Near_the_end_the_whole_is_hashed_beside_the_last_chunks()
    {
        _plan = new ProofPlan(long.MaxValue, 0, 8 * Cargo.ChunkSize);
        _there = _content;
        _arriving = chunk =>
        {
            // A chunk a second, and the reader takes eight of them: from the ninth on it comes too late to see anything missing.
            _time.Advance(TimeSpan.FromSeconds(1));
            _hashed.Count.ShouldBe(chunk < Chunks - 1 ? 0 : 1);
        };
        (int[] left, Shipment shipment) = await SettleAsync(verifiedBefore: 0);
        left.ShouldBeEmpty();
        Enumerable.Range(0, Chunks).ShouldAllBe(chunk => shipment.IsVerified(chunk, Boot));
        _hashed.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_hash_that_was_begun_too_early_is_asked_for_again()
    {
        _plan = new ProofPlan(long.MaxValue, 0, 1);
        _there = [.. _content];
        _there[^1] ^= 1;
        _arriving = chunk =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (chunk == Chunks - 1)
            {
                _hashed.Count.ShouldBe(1);
                _there = _content;
            }
        };
        (int[] left, Shipment shipment) = await SettleAsync(verifiedBefore: 0);
        left.ShouldBeEmpty();
        shipment.IsVerified(Chunks - 1, Boot).ShouldBeTrue();
        _hashed.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Chunks - 1)]
    public async Task A_hash_from_before_bytes_were_sent_once_more_does_not_count(int sentAgain)
    {
        // An attempt that broke had sent all of it; sent again the last chunk goes wrong on the vessel.
        _plan = new ProofPlan(long.MaxValue, 0, 8 * Cargo.ChunkSize);
        _there = _content;
        _again = chunk => chunk == sentAgain;
        _arriving = chunk =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (chunk == Chunks - 1)
            {
                _hashed.Count.ShouldBe(sentAgain == 0 ? 0 : 1);
                _there = [.. _content];
                _there[^1] ^= 1;
            }
        };
        (int[] left, Shipment shipment) = await SettleAsync(verifiedBefore: 0);
        left.ShouldBe(Enumerable.Range(0, Chunks));
        shipment.IsVerified(Chunks - 1, Boot).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_lane_may_yet_make_anew_is_not_read()
    {
        _plan = new ProofPlan(long.MaxValue, 0, 1);
        _there = _content;
        _arriving = _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _hashed.ShouldBeEmpty();
        };
        (await SettleAsync(verifiedBefore: 0, mayBeRead: false)).Left.ShouldBeEmpty();
        _hashed.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_asked_early_is_waited_for_no_longer_than_the_run_lives()
    {
        _plan = new ProofPlan(long.MaxValue, 0, 1);
        _there = _content;
        await using SqliteLedger ledger = await _room.OpenAsync();
        using var noTurns = new SemaphoreSlim(0, 1); // the shore's own hash never comes
        (LateProof late, Shipment shipment, SourceBook source) = Begin(ledger, noTurns);
        using var run = new CancellationTokenSource();
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            shipment.Advance(chunk, Cargo.ChunkSize, Cargo.ChunkSize);
            late.Takes(mayBeRead: true, run.Token).ShouldBeTrue();
        }

        Task settling = late.SettleAsync(run.Token);
        _hashed.Count.ShouldBe(1);
        (settling.IsCompleted, late.Asked.IsCompleted).ShouldBe((false, false));
        await run.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(settling.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await Should.ThrowAsync<OperationCanceledException>(late.Asked.WaitAsync(TimeSpan.FromSeconds(10), Token));
        source.Dispose();
    }

    private async Task<(int[] Left, Shipment Shipment)> SettleAsync(int verifiedBefore, bool taken = true, bool mayBeRead = true)
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
        using var turns = new SemaphoreSlim(2, 2);
        (LateProof late, Shipment shipment, SourceBook source) = Begin(ledger, turns);
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            _arriving(chunk);
            late.Sends(_again(chunk));
            shipment.Advance(chunk, Cargo.ChunkSize, Cargo.ChunkSize);
            if (chunk < verifiedBefore)
            {
                shipment.Verified(chunk, Boot);
            }
            else
            {
                late.Takes(mayBeRead, Token).ShouldBe(taken);
                await late.Asked.ConfigureAwait(false);
            }
        }

        int[] left = await late.SettleAsync(Token);
        late.Takes(mayBeRead, Token).ShouldBeFalse();
        source.Dispose();
        return (left, shipment);
    }

    private (LateProof Late, Shipment Shipment, SourceBook Source) Begin(SqliteLedger ledger, SemaphoreSlim turns)
    {
        FileVersion version = Cargo.Version(1, _content.Length);
        Delivery delivery = Cargo.Delivery(version);
        var progress = new VesselProgress("v", new ManualTime());
        var vessel = new HandVessel<IVesselLane>
        {
            Facts = new VesselFacts { Proof = VerifiedBy.RemoteHash, ProofPlan = _plan, BootId = Boot },
            Hash = range =>
            {
                _hashed.Add(range);
                return new RangeHash(SHA256.HashData(_there));
            },
        };
        var tools = new ShipmentTools(vessel, ledger, null!, null!, null!, null!, null!, one => one.Path, progress) { Time = _time };
        var source = new SourceBook(version, new Bytes(_content), ledger, turns);
        var shipment = new Shipment(delivery, progress.Begin(version)) { Layout = new PartLayout(version.Path, "id", null, InPieces: false) };
        return (new LateProof(tools, shipment, source, new WholeFile(tools, shipment, delivery, source)), shipment, source);
    }

    private sealed class Bytes(byte[] content) : ShoreFile
    {
        public override FileStamp Stamp => default;

        public override FileStamp CurrentStamp() => default;

        public override int Read(long offset, Span<byte> buffer)
        {
            content.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        public override WriterVerdict ProbeWriter() => WriterVerdict.Free;

        public override void Dispose()
        {
        }
    }
}
