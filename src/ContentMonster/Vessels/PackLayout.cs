using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>Where many small files that travel as one tar archive lie on the vessel until each has its final name.</summary>
/// <param name="Directory">The destination's directory, the same for all files of a pack: so the last step is a rename within one file system.</param>
/// <param name="Id">32 hex digits.</param>
internal sealed record PackLayout(BytePath Directory, string Id)
{
    /// <summary>Of one pack at the most.</summary>
    public const int MostFiles = 1024;

    /// <summary>The archive: a hidden sibling of the destinations, the name that the ledger books.</summary>
    public BytePath Archive => PartName.Pack(Directory, Id);

    /// <summary>Where it is unpacked, mode 0700: under their final names, and yet not in their places.</summary>
    public BytePath Folder => PartName.PackFolder(Directory, Id);
}

/// <summary>Files of a pack, in order.</summary>
/// <param name="Files">Names are single elements without line breaks and backslashes.</param>
/// <param name="AwaitedBytes">The archive's length where its end may still be on its way: it is waited for there, a few seconds. 0: it was written whole.</param>
internal sealed record PackContent(PackLayout Layout, IReadOnlyList<(BytePath Name, byte[] Sha256)> Files, long AwaitedBytes = 0);
