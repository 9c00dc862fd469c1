using ContentMonster.Model;
using ContentMonster.Shore;

namespace ContentMonster.Tests.Watching;

/// <summary>A directory as it is, but for what a test makes of a look at a path.</summary>
internal sealed class OddRoot(string location, Func<BytePath, ShoreLook?, ShoreLook?> seen) : ShoreRoot
{
    private readonly ShoreRoot _root = Open(location);

    public override string Location => _root.Location;

    public bool IsNetwork { get; init; }

    public override bool IsNetworkFileSystem => IsNetwork || _root.IsNetworkFileSystem;

    public override bool KeepsChangeTime => _root.KeepsChangeTime;

    public override bool FilesHaveDeviceOfDirectory => _root.FilesHaveDeviceOfDirectory;

    public override bool StillThere() => _root.StillThere();

    public override IEnumerable<ShoreEntry> List(BytePath directory) => _root.List(directory);

    public override ShoreLook? Look(BytePath path) => seen(path, _root.Look(path));

    public override ShoreFile OpenFile(BytePath path) => _root.OpenFile(path);

    public override bool Move(BytePath from, BytePath to) => _root.Move(from, to);

    public override bool Delete(BytePath path, FileStamp expected) => _root.Delete(path, expected);

    public override void Sync(BytePath directory) => _root.Sync(directory);

    public override void Dispose() => _root.Dispose();
}
