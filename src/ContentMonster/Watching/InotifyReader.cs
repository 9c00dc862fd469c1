using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Watching;

/// <summary>
/// A thread that empties the kernel's queue into a buffer of ours, so that a slow commit does not overflow it. When the buffer is full the
/// thread waits, the kernel's queue fills, and the kernel says so (IN_Q_OVERFLOW): memory stays bounded and the loss is known.
/// Departures come by the thousand while files are archived, and nobody waits for them: after one the thread lets some gather.
/// </summary>
internal sealed unsafe class InotifyReader : IDisposable
{
    // Fixed part of struct inotify_event: watch 4, mask 4, cookie 4, length of name 4.
    private const int HeaderBytes = 16;

    // What arrives meanwhile is seen as much later.
    private const int GatheringMilliseconds = 5;

    private readonly Descriptor _inotify;
    private readonly Descriptor _stop;
    private readonly int _mostBuffered;
    private readonly Bell _bell;
    private readonly Thread _thread;

    // Guarded by _events itself.
    private readonly Queue<InotifyEvent> _events = new();
    private bool _stopping;
    private int _died;

    public InotifyReader(Descriptor inotify, Bell bell, int mostBuffered)
    {
        _inotify = inotify;
        _bell = bell;
        _mostBuffered = mostBuffered;
        _stop = new(InotifyCalls.EventFd(0, InotifyCalls.CloseOnExecNonBlocking));
        _thread = new(Run) { IsBackground = true, Name = "inotify" };
        try
        {
            _thread.Start();
        }
        catch (OutOfMemoryException)
        {
            _stop.Dispose();
            throw;
        }
    }

    /// <summary>In order; false when there is none now.</summary>
    public bool TryTake(out InotifyEvent taken)
    {
        lock (_events)
        {
            if (_events.TryDequeue(out taken))
            {
                Monitor.PulseAll(_events);
                return true;
            }

            return _died == 0 ? false : throw new ShoreException(ShoreFailure.Other, $"Could not read file events, because {Errno.Words(_died)}.");
        }
    }

    public void Dispose()
    {
        lock (_events)
        {
            _stopping = true;
            Monitor.PulseAll(_events);
        }

        ulong one = 1;
        _ = InotifyCalls.Write(_stop.Number, (byte*)&one, sizeof(ulong));
        _thread.Join();
        _stop.Dispose();
        _inotify.Dispose();
    }

    private void Run()
    {
        var buffer = new byte[64 * 1024];
        InotifyCalls.PollEntry* waits = stackalloc InotifyCalls.PollEntry[2];
        int errno = 0;
        bool departures = false;
        while (errno is 0 or Errno.Interrupted or Errno.Again && !Volatile.Read(ref _stopping))
        {
            waits[0] = new() { Descriptor = _stop.Number, Wanted = InotifyCalls.Readable };
            waits[1] = new() { Descriptor = _inotify.Number, Wanted = InotifyCalls.Readable };
            errno = InotifyCalls.Poll(waits, departures ? 1u : 2u, departures ? GatheringMilliseconds : -1) < 0 ? Marshal.GetLastPInvokeError() : 0;
            departures = false;
            if (errno == 0 && waits[1].Seen != 0)
            {
                errno = ReadOnce(buffer, out departures);
            }
        }

        lock (_events)
        {
            _died = errno is 0 or Errno.Interrupted or Errno.Again ? 0 : errno;
        }

        _bell.Ring();
    }

    private int ReadOnce(byte[] buffer, out bool departures)
    {
        departures = false;
        nint got;
        fixed (byte* into = buffer)
        {
            got = InotifyCalls.Read(_inotify.Number, into, buffer.Length);
        }

        if (got < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        // Where they come as fast as that none must be lost for the wait.
        departures = Keep(buffer.AsSpan(0, (int)got)) && got < buffer.Length / 2;
        _bell.Ring();
        return 0;
    }

    /// <summary>True: they all tell that a file left.</summary>
    private bool Keep(ReadOnlySpan<byte> records)
    {
        bool departures = true;
        lock (_events)
        {
            while (!records.IsEmpty)
            {
                while (_events.Count >= _mostBuffered && !_stopping)
                {
                    _bell.Ring();
                    Monitor.Wait(_events);
                }

                int length = BinaryPrimitives.ReadInt32LittleEndian(records[12..]);
                ReadOnlySpan<byte> name = records.Slice(HeaderBytes, length);
                int end = name.IndexOf((byte)0);
                uint mask = BinaryPrimitives.ReadUInt32LittleEndian(records[4..]);
                departures &= mask is InotifyCalls.MovedFrom or InotifyCalls.Delete;
                _events.Enqueue(new(BinaryPrimitives.ReadInt32LittleEndian(records), mask, new(name[..(end < 0 ? length : end)].ToArray())));
                records = records[(HeaderBytes + length)..];
            }
        }

        return departures;
    }
}
