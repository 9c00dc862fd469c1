using ContentMonster.Configuration;
using ContentMonster.Diagnostics;
using ContentMonster.Model;

namespace ContentMonster.Watching;

/// <summary>What a watch is doing, for `status`: written by its loop, read by anyone.</summary>
internal sealed class WatchState(DirectorySettings settings)
{
    private volatile string _word = "starting";
    private volatile string? _problem;
    private volatile IReadOnlyList<string> _beingWritten = [];
    private long _settlingFiles;

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

    public DirectorySnapshot Snapshot() => new(settings.Name, DisplayText.Escape(settings.Location), Word, Problem, SettlingFiles) { BeingWritten = BeingWritten };
}
