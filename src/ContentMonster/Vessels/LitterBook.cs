using ContentMonster.Model;

namespace ContentMonster.Vessels;

/// <summary>Where the names of files that may be left behind on a vessel are kept. Neither way faults: what cannot be written down now is done without.</summary>
/// <param name="Add">To be awaited before the file is made.</param>
/// <param name="Remove">Those that are surely not there.</param>
internal sealed record LitterBook(Func<BytePath, Task> Add, Func<IReadOnlyList<BytePath>, Task> Remove);
