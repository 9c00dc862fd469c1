using System.Collections.Concurrent;
using ContentMonster.Configuration;
using ContentMonster.Ledger;
using ContentMonster.Model;
using Microsoft.Extensions.Logging;

namespace ContentMonster.Watching;

/// <summary>What a watch was told to do, and with what.</summary>
internal sealed record WatchOrder
{
    public required DirectorySettings Settings { get; init; }
    public required long ChunkSizeInBytes { get; init; }
    public required bool Recursive { get; init; }
    public required ILedger Ledger { get; init; }
    public required Territory Territory { get; init; }
    public required TimeProvider Time { get; init; }
    public required ILogger Logger { get; init; }

    /// <summary>Called after versions were newly recorded.</summary>
    public required Action Recorded { get; init; }

    public required WatchLimits Limits { get; init; }
    public required WatchState State { get; init; }

    /// <summary>Files that somebody else found changed: events do not tell everything (a new hard link, a network file system).</summary>
    public ConcurrentQueue<BytePath> Asked { get; } = new();

    /// <summary>Wakes the watch's loop.</summary>
    public Bell Bell { get; } = new();

    public string Name => Settings.Name;
}
