using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Provisioning.Features.Sessions;

/// <summary>A kubeconfig for one namespace and one short-lived token.</summary>
internal static class TenantKubeconfig
{
    public static string Write(KubeConfig cluster, string ns, string token)
    {
        string authority = cluster.AuthorityData is { } data ? $"\n    certificate-authority-data: {data}" : "";
        return $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: marketplace
              cluster:
                server: {cluster.Server}{authority}
            users:
            - name: tenant
              user:
                token: {token}
            contexts:
            - name: {ns}
              context:
                cluster: marketplace
                user: tenant
                namespace: {ns}
            current-context: {ns}

            """;
    }
}
