namespace Marketplace.Scheduling.Model;

/// <summary>Where a site sits in the network: a data hall, a metro edge room, or a terminal next to its users.</summary>
public enum SiteTier
{
    Cloud,
    Edge,
    Terminal,
}

/// <summary>Instruction set of a node's processors, as <c>kubernetes.io/arch</c> says: amd64, arm64, riscv64.</summary>
public enum CpuArchitecture
{
    X64,
    Arm64,
    RiscV64,
}

/// <summary>What the buyer is promised; later classes are cheaper and may be reclaimed earlier.</summary>
public enum ContractClass
{
    /// <summary>Never preempted; capacity is held for the whole term.</summary>
    Reserved,

    /// <summary>Runs until ended; reclaim only with notice.</summary>
    OnDemand,

    /// <summary>May be reclaimed with notice.</summary>
    Interruptible,

    /// <summary>Fills second-level gaps; may stop at once.</summary>
    IdleFill,
}

/// <summary>What the buyer wants most; it sets the weights of the score, never the scales.</summary>
public enum Objective
{
    CheapestWork,
    Fastest,
    Nearest,
    Balanced,
}

/// <summary>A topology domain that a gang can be held inside, from the widest to the tightest.</summary>
public enum TopologyLevel
{
    /// <summary>No bound. With offers, a role still stays in the one cluster of its offer.</summary>
    Anywhere,

    /// <summary>One cluster.</summary>
    Cluster,

    /// <summary>One rack of one cluster. A node without a rack counts as a rack of its own.</summary>
    Rack,

    /// <summary>One fast fabric across nodes (an NVLink or RoCE domain). A node without one counts as its own.</summary>
    LinkIsland,

    /// <summary>One node.</summary>
    Node,
}

/// <summary>What must stay inside the one domain that <see cref="Constraints.Together"/> names.</summary>
public enum TogetherScope
{
    /// <summary>All roles of the request share one domain.</summary>
    Request,

    /// <summary>Each role stays in one domain; different roles may use different ones.</summary>
    Role,
}

/// <summary>What a taint does to pods that do not tolerate it, with Kubernetes' meaning.</summary>
public enum TaintEffect
{
    NoSchedule,
    PreferNoSchedule,
    NoExecute,
}
