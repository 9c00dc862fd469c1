using System.Collections.Concurrent;
using System.Text;

namespace ContentMonster.Tests.Security;

/// <summary>Looks, again and again, at the command line and environment of every process of the machine, as any user of it could.</summary>
internal sealed class ProcessGaze : IAsyncDisposable
{
    private readonly byte[][] _secrets;
    private readonly byte[] _askpass = "CONTENTMONSTER_ASKPASS"u8.ToArray();
    private readonly byte[] _prompt = "password: "u8.ToArray();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _looking;

    public ProcessGaze(params string[] secrets)
    {
        _secrets = [.. secrets.Select(Encoding.UTF8.GetBytes)];
        _looking = Task.Run(LookAsync);
    }

    /// <summary>Where a secret was seen.</summary>
    public ConcurrentQueue<string> Found { get; } = new();

    /// <summary>That ssh and its helper were seen at all: else nothing was proved.</summary>
    public bool SawSsh { get; private set; }

    public bool SawHelper { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (string process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
            {
                byte[] command = Read(process + "/cmdline");
                byte[] environment = Read(process + "/environ");
                SawSsh |= environment.AsSpan().IndexOf(_askpass) >= 0;
                SawHelper |= environment.AsSpan().IndexOf(_askpass) >= 0 && command.AsSpan().IndexOf(_prompt) >= 0;
                if (Array.Exists(_secrets, secret => command.AsSpan().IndexOf(secret) >= 0 || environment.AsSpan().IndexOf(secret) >= 0))
                {
                    Found.Enqueue(process + " " + Encoding.Latin1.GetString(command));
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static byte[] Read(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
