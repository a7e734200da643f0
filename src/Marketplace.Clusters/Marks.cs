namespace Marketplace.Clusters;

/// <summary>Every label and annotation the marketplace writes or reads, in one place.</summary>
public static class Marks
{
    /// <summary>The domain of our own keys.</summary>
    public const string Domain = "marketplace.compute/";

    public const string ManagedBy = "app.kubernetes.io/managed-by";

    public const string ManagedByValue = "compute-marketplace";

    /// <summary>Selects everything that is ours.</summary>
    public const string ManagedSelector = ManagedBy + "=" + ManagedByValue;

    /// <summary>Label: the contract an object belongs to.</summary>
    public const string Contract = Domain + "contract";

    /// <summary>Label: the customer.</summary>
    public const string Tenant = Domain + "tenant";

    /// <summary>Label: the bundle (the recipe) the contract came from.</summary>
    public const string Bundle = Domain + "bundle";

    /// <summary>Label: the role inside a contract.</summary>
    public const string Role = Domain + "role";

    /// <summary>Annotation: which generation of the desired state this object is from.</summary>
    public const string Generation = Domain + "generation";

    /// <summary>Annotation: hash of the object as it was applied.</summary>
    public const string Hash = Domain + "hash";

    /// <summary>
    /// Annotation <see cref="ScopeTenant"/> or <see cref="ScopeCluster"/>: shared by all contracts of the tenant or of the cluster, never removed
    /// with one of them.
    /// </summary>
    public const string Scope = Domain + "scope";

    public const string ScopeTenant = "tenant";

    public const string ScopeCluster = "cluster";

    /// <summary>Annotation: the contract's exact id, which may be longer than a label value allows.</summary>
    public const string ContractId = Domain + "contract-id";

    /// <summary>Pod annotation: what the replica wants of accelerators, as JSON of an AcceleratorAsk.</summary>
    public const string Ask = Domain + "accelerators";

    /// <summary>Pod annotation: the devices it was given, as JSON; written with the binding.</summary>
    public const string Devices = Domain + "devices";

    /// <summary>Pod label: the gang it belongs to.</summary>
    public const string Gang = Domain + "gang";

    /// <summary>Pod annotation: how many pods the gang has.</summary>
    public const string GangSize = Domain + "gang-size";

    /// <summary>Pod annotation, and label of the first: the place of a pod in its gang, from 0. Written with the binding.</summary>
    public const string Rank = Domain + "rank";

    /// <summary>Pod annotation: the topology level the gang stays in (cluster, rack, linkIsland, node).</summary>
    public const string Together = Domain + "together";

    /// <summary>Node label: the rack.</summary>
    public const string Rack = Domain + "rack";

    /// <summary>Node label: the fast fabric the node shares with others.</summary>
    public const string LinkIsland = Domain + "link-island";

    /// <summary>Namespace label of gateways that may reach endpoints.</summary>
    public const string Gateway = Domain + "gateway";

    /// <summary>The scheduler our binder plays.</summary>
    public const string SchedulerName = "marketplace";

    /// <summary>Start of the name of every namespace of ours.</summary>
    public const string NamespacePrefix = "cm-";

    /// <summary>Start of the name of every dedicated namespace: customers write in those themselves, and in no other of ours.</summary>
    public const string DedicatedPrefix = NamespacePrefix + "ns-";

    /// <summary>Namespace annotation: the reconciler's own list of a dedicated namespace, which stands where its customer cannot write.</summary>
    public const string OwnList = Domain + "own-list";

    /// <summary>
    /// Never in a cluster: what a customer's own pod says of its devices, as <see cref="Spaces.Provenance"/> hands it on. It only chooses among
    /// the devices the contract holds anyway.
    /// </summary>
    internal const string ClaimedDevices = Domain + "claimed-devices";
}
