using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>Where the names of files that may be left behind on a vessel are kept. Neither way faults.</summary>
/// <param name="Add">To be awaited before the file is made; false: it could not be written down, and the file is not to be made.</param>
/// <param name="Remove">Those that are surely not there.</param>
internal sealed record LitterBook(Func<BytePath, Task<bool>> Add, Func<IReadOnlyList<BytePath>, Task> Remove);
