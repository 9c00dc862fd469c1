using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>What a watch is doing, for `status`: written by its loop, read by anyone.</summary>
internal sealed class WatchState(DirectorySettings settings)
{
    private volatile string _word = "starting";
    private volatile string? _problem;
    private volatile string? _hang;
    private volatile IReadOnlyList<string> _beingWritten = [];
    private long _settlingFiles;
    private long _rounds;

    public string Word
    {
        get => _word;
        set => _word = value;
    }

    public string? Problem
    {
        get => _problem;
        set => _problem = value;
    }

    /// <summary>Not written by the loop, which does not come round: by who notices that.</summary>
    public string? Hang
    {
        get => _hang;
        set => _hang = value;
    }

    /// <summary>How often the loop has come round, or from one file to the next: every few seconds at the least.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    public long SettlingFiles
    {
        get => Volatile.Read(ref _settlingFiles);
        set => Volatile.Write(ref _settlingFiles, value);
    }

    public IReadOnlyList<string> BeingWritten
    {
        get => _beingWritten;
        set => _beingWritten = value;
    }

    public void ComeRound() => Interlocked.Increment(ref _rounds);

    public DirectorySnapshot Snapshot() => new(settings.Name, DisplayText.Escape(settings.Location), Word, Hang ?? Problem, SettlingFiles) { BeingWritten = BeingWritten };
}
