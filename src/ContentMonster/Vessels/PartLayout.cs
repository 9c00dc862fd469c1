using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>Where the unfinished files of one attempt lie on the vessel.</summary>
/// <param name="Sibling">The hidden sibling of the destination, which is renamed in the end; the ledger books this name, all others follow from its id.</param>
/// <param name="Id">32 hex digits.</param>
/// <param name="TempFolder">This shore's folder in TempDir; null: all is done in the sibling.</param>
/// <param name="InPieces">Assembly = cat: each chunk is a file of its own.</param>
internal sealed record PartLayout(BytePath Sibling, string Id, BytePath? TempFolder, bool InPieces)
{
    /// <summary>The file that chunks are written into at their offsets (without <see cref="InPieces"/>).</summary>
    public BytePath Whole => TempFolder is BytePath folder && !InPieces ? PartName.InTempDir(folder, Id) : Sibling;

    public BytePath FileOf(int chunk) => TempFolder is BytePath folder && InPieces ? PartName.Chunk(folder, Id, chunk) : Whole;

    public long OffsetOf(int chunk, long chunkSizeInBytes) => InPieces ? 0 : chunk * chunkSizeInBytes;
}
