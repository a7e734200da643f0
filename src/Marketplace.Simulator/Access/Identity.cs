namespace Marketplace.Simulator.Access;

/// <summary>Who asks: a user name and its groups, as an API server knows them.</summary>
internal sealed record Identity(string User, IReadOnlyList<string> Groups)
{
    private const string Masters = "system:masters";

    /// <summary>The owner of the cluster's own kubeconfig: may do everything.</summary>
    public static Identity Admin { get; } = new("simulator-admin", [Masters, "system:authenticated"]);

    public bool IsMaster => Groups.Contains(Masters);

    public static Identity ServiceAccount(string ns, string name) =>
        new($"system:serviceaccount:{ns}:{name}", ["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"]);
}
