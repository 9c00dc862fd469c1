using System.Buffers.Binary;
using System.Threading.Channels;
using ContentMonster.Tests.Client;

namespace ContentMonster.Tests.Fuzzing;

/// <summary>The server's end of one session: answers what it is asked, in any order, cut anywhere, and now and then as no server should.</summary>
internal sealed class HostilePeer(Stream far, HostileReplies replies, Random chance, int packetBudget)
{
    private const int MostRequestBytes = 1 << 20;
    private readonly Channel<byte[]> _asked = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    // How this session's bytes come: whole, or cut at every byte, or somewhere.
    private readonly int _cut = chance.Next(8) switch { 0 => 1, 1 or 2 => chance.Next(2, 40), _ => int.MaxValue };

    public long Packets { get; private set; }

    /// <summary>What it does now, for whoever has to find out why nothing happens.</summary>
    public string State { get; private set; } = "has not begun";

    public async Task RunAsync()
    {
        Task hearing = HearAsync();
        try
        {
            await AnswerAsync();
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has ended the session: what is still to be said finds nobody.
        }

        State = "hangs up";
        await far.DisposeAsync();
        await hearing;
    }

    private async Task AnswerAsync()
    {
        while (await AskedAsync())
        {
            State = "answers";
            List<byte[]> batch = [];
            while (_asked.Reader.TryRead(out byte[]? request))
            {
                batch.AddRange(replies.To(request));
            }

            Packets += batch.Count;
            byte[][] order = [.. batch];
            if (chance.OneIn(2))
            {
                chance.Shuffle(order);
            }

            if (replies.IsSilent)
            {
                continue;
            }

            State = $"says {order.Sum(reply => (long)reply.Length)} bytes, cut at {_cut}";
            await SayAsync([.. order.SelectMany(reply => reply)]);
            if (replies.HangsUp || Packets >= packetBudget)
            {
                return;
            }
        }
    }

    private ValueTask<bool> AskedAsync()
    {
        State = "waits to be asked";
        return _asked.Reader.WaitToReadAsync();
    }

    private async Task SayAsync(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            // A long answer cut at every byte would only take time.
            int piece = bytes.Length - at > 4_096 || _cut == int.MaxValue ? bytes.Length - at : Math.Min(_cut, bytes.Length - at);
            await far.WriteAsync(bytes.AsMemory(at, piece));
            await far.FlushAsync(CancellationToken.None);
            at += piece;
        }
    }

    private async Task HearAsync()
    {
        byte[] length = new byte[4];
        try
        {
            while (true)
            {
                await far.ReadExactlyAsync(length);
                int bytes = BinaryPrimitives.ReadInt32BigEndian(length);
                bytes.ShouldBeInRange(5, MostRequestBytes, "our own packets are sound");
                byte[] packet = new byte[bytes];
                await far.ReadExactlyAsync(packet);
                _asked.Writer.TryWrite(packet);
            }
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has hung up, or we have.
        }
        finally
        {
            _asked.Writer.TryComplete();
        }
    }
}
