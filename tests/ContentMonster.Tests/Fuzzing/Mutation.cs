using System.Buffers.Binary;
using ContentMonster.Sftp.Client;
using ContentMonster.Sftp.Wire;
using ContentMonster.Tests.Client;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>One thing that no server should say, made of the reply that would have been right.</summary>
internal sealed class Mutation(Random chance)
{
    private static readonly uint[] Lengths = [0, 1, 4, 5, WireLimits.MaxPacket, WireLimits.MaxPacket + 1, int.MaxValue, 0x8000_0000, uint.MaxValue];

    public IEnumerable<byte[]> Of(byte[] sound, uint id, Action silent, Action hangUp)
    {
        switch (chance.Next(16))
        {
            case 0 or 1 or 2:
                byte[] bent = chance.Mutated(sound[4..]);
                return [[.. Number((uint)bent.Length), .. bent]];
            case 3:
                return [chance.Mutated(sound)];
            case 4:
                return [[.. Number(chance.Of(Lengths)), .. sound[4..]]];
            case 5:
                return [[.. sound[..5], .. Number(chance.Next(4) switch { 0 => id + 1, 1 => id - 1, 2 => 0, _ => (uint)chance.Next() }), .. sound[9..]]];
            case 6:
                return [sound, sound];
            case 7:
                return [[.. sound[..4], (byte)chance.Next(256), .. sound[5..]]];
            case 8:
                return [chance.Bytes(chance.Next(1, 65))];
            case 9:
                return [ScriptedPeer.Handle(id, new string('h', chance.Of([0, 1, 256, 257, 1_000, 70_000])))];
            case 10:
                return [ScriptedPeer.Reply(chance.Of([PacketType.Name, PacketType.Attributes]), id, new Body().UInt32(chance.Of([uint.MaxValue, 0x8000_0000])).UInt32(uint.MaxValue).UInt64(0))];
            case 11:
                return [sound, .. Enumerable.Range(0, 50).Select(number => ScriptedPeer.Status(id + (uint)number, SftpStatus.Ok))];
            case 12:
                return [ScriptedPeer.Reply(PacketType.Status, id, new Body().UInt32(4).String(new byte[250_000]).String(""))];
            case 13:
                return [ScriptedPeer.Reply(PacketType.Data, id, new Body().String(chance.Bytes(chance.Of([0, 1, 4_097, 40_000, 262_000]))))];
            case 14:
                silent();
                return [];
            default:
                hangUp();
                return chance.OneIn(2) ? [] : [sound[..chance.Next(sound.Length)]];
        }
    }

    private static byte[] Number(uint value)
    {
        byte[] field = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(field, value);
        return field;
    }
}
