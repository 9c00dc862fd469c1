using ContentMonster.Sftp.Client;
using ContentMonster.Tests.Client;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>One of those who use a session: does this and that until it ends, and takes nothing but the two kinds of error that are promised.</summary>
internal sealed class HostileCaller(SftpClient client, HostileReplies replies, Random chance, int number)
{
    private const byte Untouched = 0xA5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] Content = MemorySource.Bytes(300_000);
    private static readonly CancellationToken None = CancellationToken.None;
    private long _nextOffset;

    public async Task RunAsync()
    {
        while (client.Broken is null)
        {
            try
            {
                await (chance.OneIn(2) ? WithFileAsync() : WithPathAsync());
            }
            catch (SftpStatusException refused)
            {
                refused.Message.ShouldSatisfyAllConditions(text => text.Length.ShouldBeLessThan(6_000), text => Harmless.Check(text));
            }
            catch (SftpConnectionException over)
            {
                Harmless.Check(over.Message);
                client.Broken.ShouldNotBeNull();
            }
        }
    }

    private async Task WithPathAsync()
    {
        byte[] path = chance.FileName();
        switch (chance.Next(11))
        {
            case 0: await client.StatAsync(path, None); break;
            case 1: await client.LinkStatAsync(path, None); break;
            case 2: (await client.ListAsync(path, 50, None)).Count.ShouldBeLessThanOrEqualTo(50); break;
            case 3: await client.RealPathAsync(path, None); break;
            case 4: await client.RenameAsync(path, path, None); break;
            case 5: await client.RemoveAsync(path, None); break;
            case 6: await client.MakeDirectoryAsync(path, 0x1C0, None); break;
            case 7: await client.SetStatAsync(path, new SftpAttributes { Mode = 0x180 }, None); break;
            case 8: await client.SpaceAsync(path, None); break;
            case 9: await client.PosixRenameAsync(path, path, None); break;
            default: await client.HardLinkAsync(path, path, None); break;
        }
    }

    private async Task WithFileAsync()
    {
        SftpHandle file = await client.OpenAsync(chance.FileName(), SftpOpenModes.Write | SftpOpenModes.Create, 0x180, None);
        switch (chance.Next(6))
        {
            case 0: await client.HandleStatAsync(file, None); break;
            case 1: await ReadAsync(file); break;
            case 2: await client.SyncAsync(file, Patience, None); break;
            case 3: await client.CheckFileAsync(file, 0, 100, Patience, None); break;
            case 4: await client.WriteAsync(file, 0, Content.AsMemory(0, chance.Next(3_000)), None); break;
            default: await UploadAsync(file); break;
        }

        await client.CloseAsync(file, None);
    }

    private async Task ReadAsync(SftpHandle file)
    {
        byte[] buffer = new byte[2_000];
        Array.Fill(buffer, Untouched);
        int asked = chance.Next(1, 1_000);
        int read = await client.ReadAsync(file, chance.NextInt64(), buffer.AsMemory(0, asked), None);
        read.ShouldBeInRange(0, asked);
        buffer.AsSpan(read).ContainsAnyExcept(Untouched).ShouldBeFalse("only what was read is written");
    }

    private async Task UploadAsync(SftpHandle file)
    {
        // Each upload has a place of its own, so that what was acknowledged can be told apart.
        long offset = ((number + 1L) << 50) + _nextOffset;
        _nextOffset += 1L << 32;
        int length = chance.OneIn(4) ? chance.Next(Content.Length) : chance.Next(5_000);
        long told = 0;
        bool whole = false;
        try
        {
            await client.UploadAsync(file, new MemorySource(Content), 0, offset, length, bytes => told = bytes, None);
            whole = true;
        }
        finally
        {
            if (!replies.IsMutated)
            {
                replies.AcknowledgedFrom((ulong)offset).ShouldBeGreaterThanOrEqualTo(whole ? length : told, "nothing counts that the server did not acknowledge");
            }
        }
    }
}
