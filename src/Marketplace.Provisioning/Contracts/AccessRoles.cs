using Marketplace.Clusters.Access;

namespace Marketplace.Provisioning.Contracts;

/// <summary>What a center applies in its cluster before it connects it, to be read first.</summary>
public static class AccessRoles
{
    /// <summary>Two cluster roles as YAML, with the commands to apply them: ours, and the one customers get in a namespace of their own.</summary>
    public static string Yaml => AccessManifest.Yaml;
}
