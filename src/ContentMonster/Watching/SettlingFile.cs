using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>A file that was seen and is not ready yet.</summary>
/// <param name="seenAt">A TimeProvider timestamp.</param>
internal sealed class SettlingFile(BytePath path, long seenAt)
{
    public BytePath Path { get; } = path;

    public long FirstSeen { get; } = seenAt;

    /// <summary>As it was at the last look; null before the first.</summary>
    public FileStamp? Stamp { get; set; }

    /// <summary>Since when it stands still, as far as seen (a TimeProvider timestamp).</summary>
    public long Since { get; set; } = seenAt;

    /// <summary>When to look next. An entry of the queue that says another time is an old one.</summary>
    public long Due { get; set; }

    /// <summary>A close-write, or its arrival under this name, was seen, and no change after it.</summary>
    public bool Closed { get; set; }

    /// <summary>It was made or changed under our eyes, and no close was seen after that.</summary>
    public bool Modified { get; set; }

    /// <summary>Looks in a row that found it changed.</summary>
    public int Changes { get; set; }

    /// <summary>Somebody had it open for writing at the last look, or it changes from look to look.</summary>
    public bool Writing { get; set; }

    /// <summary>The last look at it failed.</summary>
    public bool Unseen { get; set; }

    /// <summary>People were told that it is not sent yet.</summary>
    public bool Told { get; set; }

    /// <summary>How often in a row it was found not to be ready for a reason that only time can mend.</summary>
    public int Deferrals { get; set; }
}
