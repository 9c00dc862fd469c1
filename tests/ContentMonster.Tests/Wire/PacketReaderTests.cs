using System.Buffers;
using ContentMonster.Sftp.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace ContentMonster.Tests.Wire;

public sealed class PacketReaderTests
{
    [Fact]
    public void Arbitrary_bytes_read_in_arbitrary_ways_are_values_or_malformed() => Prop.ForAll<byte[], byte[]>((bytes, steps) =>
    {
        try
        {
            Read(bytes, steps);
        }
        catch (MalformedPacketException)
        {
            return;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void The_framer_gives_back_what_was_framed_and_never_more_than_allowed() => Prop.ForAll<byte[]>(bytes =>
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        try
        {
            while (PacketFramer.TryTake(ref buffer, out ReadOnlySequence<byte> packet))
                packet.Length.ShouldBeInRange(WireLimits.MinPacket, WireLimits.MaxPacket);
        }
        catch (MalformedPacketException)
        {
            return;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void What_is_written_is_read() => Prop.ForAll<byte[], uint, ulong>((text, small, large) =>
    {
        var writer = new PacketWriter(PacketType.Open, 0);
        writer.String(text);
        writer.UInt32(small);
        writer.UInt64(large);
        OutgoingPacket packet = writer.Finish();
        PacketWriter.SetId(packet, 7);
        var buffer = new ReadOnlySequence<byte>(packet.Buffer, 0, packet.Length);
        PacketFramer.TryTake(ref buffer, out ReadOnlySequence<byte> framed).ShouldBeTrue();
        buffer.IsEmpty.ShouldBeTrue();
        var reader = new PacketReader(framed.FirstSpan);
        reader.ReadByte().ShouldBe((byte)PacketType.Open);
        reader.ReadUInt32().ShouldBe(7u);
        reader.ReadString(WireLimits.MaxPacket, "text").ToArray().ShouldBe(text);
        reader.ReadUInt32().ShouldBe(small);
        reader.ReadUInt64().ShouldBe(large);
        reader.End();
    }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData("plain ü", "plain ü")]
    [InlineData("a\u001b[2J\n", "a\\x1B[2J\\x0A")]
    [InlineData("\u009b\u202e\u2028\u007f\\", "\\xC2\\x9B\\xE2\\x80\\xAE\\xE2\\x80\\xA8\\x7F\\x5C")]
    public void Text_from_outside_is_shown_harmless(string text, string shown) => Escaped.Text(System.Text.Encoding.UTF8.GetBytes(text)).ShouldBe(shown);

    [Fact]
    public void Text_that_is_not_UTF8_is_shown_in_hex() => Escaped.Text([0x61, 0xFF, 0xC3]).ShouldBe("a\\xFF\\xC3");

    private static void Read(byte[] bytes, byte[] steps)
    {
        var reader = new PacketReader(bytes);
        foreach (byte step in steps)
        {
            switch (step % 6)
            {
                case 0: reader.ReadByte(); break;
                case 1: reader.ReadUInt32(); break;
                case 2: reader.ReadUInt64(); break;
                case 3: reader.ReadString(step, "text"); break;
                case 4: reader.ReadCount(1 + step, "things"); break;
                default: reader.ReadRest(); break;
            }
        }

        reader.End();
    }
}
