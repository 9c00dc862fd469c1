namespace ContentMonster.Tests.Vessels;

// The one suite, on every kind of server.

public sealed class PlainOpenSshTests(PlainOpenSsh rig) : VesselConformancePublishing(rig), IClassFixture<PlainOpenSsh>;

public sealed class ChrootedSftpTests(ChrootedSftp rig) : VesselConformancePublishing(rig), IClassFixture<ChrootedSftp>;

public sealed class WithoutPosixRenameTests(WithoutPosixRename rig) : VesselConformancePublishing(rig), IClassFixture<WithoutPosixRename>;

public sealed class WithoutLimitsTests(WithoutLimits rig) : VesselConformancePublishing(rig), IClassFixture<WithoutLimits>;

public sealed class BusyboxOnlyTests(BusyboxOnly rig) : VesselConformancePublishing(rig), IClassFixture<BusyboxOnly>;

public sealed class WithoutCatTests(WithoutCat rig) : VesselConformancePublishing(rig), IClassFixture<WithoutCat>;

public sealed class WithoutHashToolTests(WithoutHashTool rig) : VesselConformancePublishing(rig), IClassFixture<WithoutHashTool>;

public sealed class NoisyLoginTests(NoisyLogin rig) : VesselConformancePublishing(rig), IClassFixture<NoisyLogin>;

public sealed class OneSessionTests(OneSession rig) : VesselConformancePublishing(rig), IClassFixture<OneSession>;

public sealed class OneStartupTests(OneStartup rig) : VesselConformancePublishing(rig), IClassFixture<OneStartup>;

public sealed class TcshLoginTests(TcshLogin rig) : VesselConformancePublishing(rig), IClassFixture<TcshLogin>;

public sealed class DropbearServerTests(DropbearServer rig) : VesselConformancePublishing(rig), IClassFixture<DropbearServer>;

public sealed class SimulatedFarSideTests(SimulatedFarSide rig) : VesselConformancePublishing(rig), IClassFixture<SimulatedFarSide>;

public sealed class SimulatedInTwoStepsTests(SimulatedInTwoSteps rig) : VesselConformancePublishing(rig), IClassFixture<SimulatedInTwoSteps>;
