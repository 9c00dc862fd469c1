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
    private ProofPlan _plan = new(long.MaxValue, 0);
    private byte[] _there = [];

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

    private async Task<(int[] Left, Shipment Shipment)> SettleAsync(int verifiedBefore, bool taken = true)
    {
        await using SqliteLedger ledger = await _room.OpenAsync();
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
        var tools = new ShipmentTools(vessel, ledger, null!, null!, null!, null!, null!, one => one.Path, progress);
        using var turns = new SemaphoreSlim(2, 2);
        using var source = new SourceBook(version, new Bytes(_content), ledger, turns);
        var shipment = new Shipment(delivery, progress.Begin(version)) { Layout = new PartLayout(version.Path, "id", null, InPieces: false) };
        var late = new LateProof(tools, shipment, source);
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            shipment.Advance(chunk, Cargo.ChunkSize, Cargo.ChunkSize);
            if (chunk < verifiedBefore)
            {
                shipment.Verified(chunk, Boot);
            }
            else
            {
                late.Takes().ShouldBe(taken);
            }
        }

        int[] left = await late.SettleAsync(new WholeFile(tools, shipment, delivery, source), Token);
        late.Takes().ShouldBeFalse();
        return (left, shipment);
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
