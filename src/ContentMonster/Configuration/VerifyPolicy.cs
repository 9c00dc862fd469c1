namespace ContentMonster.Configuration;

/// <summary>How content is proved on the vessel.</summary>
public enum VerifyPolicy { Auto, Readback, Size }
