using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ContentMonster.Model;
using ContentMonster.Shore;
using ContentMonster.Watching;

namespace ContentMonster.Tests.Kills;

/// <summary>
/// Stands on a vessel and sees only its disk: whatever arrives or changes under a final name is hashed at once, and a final name that was made
/// otherwise than by a rename is told, too.
/// </summary>
internal sealed class Onlooker : IAsyncDisposable
{
    private const uint Modify = 0x2;
    private const uint Wanted = InotifyCalls.Create | InotifyCalls.MovedTo | InotifyCalls.CloseWrite | Modify;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);
    private readonly Manifest _manifest;
    private readonly CancellationTokenSource _over = new();
    private readonly Bell _bell = new();
    private readonly Dictionary<int, string> _folders = []; // by inotify's number
    private readonly InotifyReader _events;
    private readonly Task _looking;

    /// <param name="folders">All that may hold final names, relative to inbox; made where they are not there.</param>
    public Onlooker(string inbox, Manifest manifest, params string[] folders)
    {
        _manifest = manifest;
        var inotify = new Descriptor(InotifyCalls.Init(InotifyCalls.CloseOnExecNonBlocking));
        foreach (string folder in folders)
        {
            string path = Directory.CreateDirectory(Path.Combine(inbox, folder)).FullName;
            _folders.Add(Watch(inotify, path), path);
        }

        Inbox = inbox;
        _events = new InotifyReader(inotify, _bell, mostBuffered: 1_000_000);
        _looking = Task.Run(LookAsync);
    }

    public string Inbox { get; }

    /// <summary>What should never have been seen.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    public int Hashed { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _looking;
        _events.Dispose();
        _over.Dispose();
    }

    private static unsafe int Watch(Descriptor inotify, string folder)
    {
        fixed (byte* path = Encoding.UTF8.GetBytes(folder + "\0"))
        {
            int number = InotifyCalls.AddWatch(inotify.Number, path, Wanted);
            number.ShouldBeGreaterThanOrEqualTo(0);
            return number;
        }
    }

    private async Task LookAsync()
    {
        try
        {
            while (true)
            {
                LookAtAll();
                await _bell.WaitAsync(LookAgain, TimeProvider.System, _over.Token);
            }
        }
        catch (OperationCanceledException)
        {
            LookAtAll();
        }
    }

    private void LookAtAll()
    {
        while (_events.TryTake(out InotifyEvent seen))
        {
            if ((seen.Mask & InotifyCalls.Overflow) != 0)
            {
                Wrong.Enqueue("the onlooker was not fast enough to see all");
            }
            else if ((seen.Mask & (InotifyCalls.IsDirectory | InotifyCalls.Ignored)) == 0 && !PartName.IsSibling(seen.Name.Span))
            {
                LookAt(Path.Combine(_folders[seen.Watch], seen.Name.ToString()), seen.Mask);
            }
        }
    }

    private void LookAt(string file, uint mask)
    {
        string name = Path.GetRelativePath(Inbox, file);
        if ((mask & InotifyCalls.Create) != 0)
        {
            Wrong.Enqueue($"{name} was made under its final name");
        }

        try
        {
            using FileStream open = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            string hash = Convert.ToHexString(SHA256.HashData(open));
            Hashed++;
            if (!_manifest.Knows(name, hash))
            {
                Wrong.Enqueue($"{name} was seen with {open.Length} bytes that are none of its versions");
            }
        }
        catch (IOException)
        {
            // Gone again: nobody could read it then.
        }
    }
}
