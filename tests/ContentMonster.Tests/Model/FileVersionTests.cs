using ContentMonster.Model;
using ContentMonster.Tests.Delivering;

namespace ContentMonster.Tests.Model;

public sealed class FileVersionTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(Cargo.ChunkSize, 1)]
    [InlineData(Cargo.ChunkSize + 1, 2)]
    [InlineData(long.MaxValue, FileVersion.MostChunks)]
    public void A_file_of_any_size_has_chunks_that_are_that_size_together(long size, int chunks)
    {
        FileVersion version = Cargo.Version(1, size);
        version.ChunkCount.ShouldBe(chunks);
        Enumerable.Range(0, chunks).Sum(number => (decimal)version.LengthOfChunk(number)).ShouldBe(size);
    }
}
