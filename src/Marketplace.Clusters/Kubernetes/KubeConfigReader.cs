using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Turns a kubeconfig's text into settings. Files come from strangers: nothing outside the text is ever read or run.</summary>
internal sealed class KubeConfigReader(KubeConfigRules rules)
{
    private const int MaximumCharacters = 1 << 20;

    private static readonly string[] FilePathFields = ["client-certificate", "client-key", "tokenFile"];

    public ClusterResult<KubeConfig> Read(string text, string? wantedContext)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Error("empty", "The kubeconfig is empty.", "kubeconfig", "Paste the output of kubectl config view --raw --minify.");
        }

        if (text.Length > MaximumCharacters)
        {
            return Error("too_large", "The kubeconfig is larger than 1 MiB.", "kubeconfig", "Use kubectl config view --raw --minify.");
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is not YamlMappingNode root)
            {
                return NotYaml("It is not a mapping of names to values.");
            }

            return ReadRoot(root, wantedContext);
        }
        catch (YamlException e)
        {
            return NotYaml($"Line {e.Start.Line}: {e.Message}");
        }
    }

    internal static Uri WithSlash(Uri server) =>
        server.AbsolutePath.EndsWith('/') ? server : new UriBuilder(server) { Path = server.AbsolutePath + "/" }.Uri;

    private ClusterResult<KubeConfig> ReadRoot(YamlMappingNode root, string? wantedContext)
    {
        var contextName = wantedContext ?? Text(root, "current-context");
        if (string.IsNullOrEmpty(contextName))
        {
            return Error(
                "no_current_context",
                "The kubeconfig does not say which context to use.",
                "current-context",
                $"Set current-context, or choose one of: {Names(root, "contexts")}."
            );
        }

        if (Find(root, "contexts", contextName, "context") is not { } context)
        {
            return Missing("context", contextName, "contexts", Names(root, "contexts"));
        }

        var clusterName = Text(context, "cluster") ?? "";
        if (Find(root, "clusters", clusterName, "cluster") is not { } cluster)
        {
            return Missing("cluster", clusterName, $"contexts[{contextName}].context.cluster", Names(root, "clusters"));
        }

        var userName = Text(context, "user") ?? "";
        var user = Find(root, "users", userName, "user");
        if (user is null && userName.Length > 0)
        {
            return Missing("user", userName, $"contexts[{contextName}].context.user", Names(root, "users"));
        }

        return ReadParts(contextName, context, clusterName, cluster, userName, user ?? []);
    }

    private ClusterResult<KubeConfig> ReadParts(
        string contextName,
        YamlMappingNode context,
        string clusterName,
        YamlMappingNode cluster,
        string userName,
        YamlMappingNode user
    )
    {
        var clusterField = $"clusters[{clusterName}].cluster";
        var userField = $"users[{userName}].user";
        var server = ReadServer(cluster, clusterField);
        if (!server.IsOk)
        {
            return server.Error;
        }

        var skip = string.Equals(Text(cluster, "insecure-skip-tls-verify"), "true", StringComparison.OrdinalIgnoreCase);
        if (skip && !rules.AllowInsecureSkipTlsVerify)
        {
            return Error(
                "insecure",
                "The kubeconfig turns certificate checks off, so anyone on the way could take the cluster over.",
                $"{clusterField}.insecure-skip-tls-verify",
                "Remove the line and put the cluster's CA into certificate-authority-data."
            );
        }

        if (Text(cluster, "certificate-authority") is not null)
        {
            return PathRefused($"{clusterField}.certificate-authority", "certificate-authority-data");
        }

        var authorities = ReadAuthorities(cluster, clusterField);
        if (!authorities.IsOk)
        {
            return authorities.Error;
        }

        if (CheckUser(user, userField) is { } refused)
        {
            return refused;
        }

        var certificate = ReadClientCertificate(user, userField);
        if (certificate.Error is not null)
        {
            return certificate.Error;
        }

        Uri? proxy = null;
        if (Text(cluster, "proxy-url") is { } proxyText && !Uri.TryCreate(proxyText, UriKind.Absolute, out proxy))
        {
            return Error("bad_proxy", "The proxy address is not a URL.", $"{clusterField}.proxy-url", "Write it like http://proxy:3128.");
        }

        return new KubeConfig
        {
            Server = server.Value,
            Context = contextName,
            Namespace = Text(context, "namespace") ?? "default",
            Authorities = authorities.Value,
            ClientCertificate = certificate.Value,
            Token = Text(user, "token"),
            SkipTlsVerify = skip,
            TlsServerName = Text(cluster, "tls-server-name"),
            Proxy = proxy,
        };
    }

    private ClusterResult<Uri> ReadServer(YamlMappingNode cluster, string clusterField)
    {
        var field = $"{clusterField}.server";
        if (Text(cluster, "server") is not { Length: > 0 } text)
        {
            return Error("no_server", "The kubeconfig names no server.", field, "Add server: https://your-cluster:6443.");
        }

        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var server)
            || server.Scheme is not ("https" or "http")
            || server.UserInfo.Length > 0
            || server.Query.Length > 0
        )
        {
            return Error(
                "bad_server",
                $"The server address '{text}' is not an https URL.",
                field,
                "Write it like https://your-cluster:6443."
            );
        }

        if (server.Scheme == "http" && !server.IsLoopback && !rules.AllowPlainHttp)
        {
            return Error(
                "plain_http",
                "The server address is plain http, so credentials would travel unprotected.",
                field,
                "Use the cluster's https address."
            );
        }

        return WithSlash(server);
    }

    private static ClusterResult<X509Certificate2Collection> ReadAuthorities(YamlMappingNode cluster, string clusterField)
    {
        var collection = new X509Certificate2Collection();
        if (Text(cluster, "certificate-authority-data") is not { } data)
        {
            return collection;
        }

        var field = $"{clusterField}.certificate-authority-data";
        var pem = Decode(data, field);
        if (!pem.IsOk)
        {
            return pem.Error;
        }

        try
        {
            collection.ImportFromPem(pem.Value);
        }
        catch (CryptographicException)
        {
            // Falls through: an empty collection is reported with the field's name.
        }

        return collection.Count > 0
            ? collection
            : Error(
                "bad_certificate",
                "The cluster's CA is not a PEM certificate.",
                field,
                "Copy the field again from the cluster's own kubeconfig."
            );
    }

    private static ClusterResult<X509Certificate2?> ReadClientCertificate(YamlMappingNode user, string userField)
    {
        var certificateData = Text(user, "client-certificate-data");
        var keyData = Text(user, "client-key-data");
        if (certificateData is null && keyData is null)
        {
            return default;
        }

        if (certificateData is null || keyData is null)
        {
            var missing = certificateData is null ? "client-certificate-data" : "client-key-data";
            return Error(
                "half_certificate",
                $"The user has a certificate or a key, but not both.",
                $"{userField}.{missing}",
                $"Add {missing}."
            );
        }

        var certificatePem = Decode(certificateData, $"{userField}.client-certificate-data");
        if (!certificatePem.IsOk)
        {
            return certificatePem.Error;
        }

        var keyPem = Decode(keyData, $"{userField}.client-key-data");
        if (!keyPem.IsOk)
        {
            return keyPem.Error;
        }

        try
        {
            return X509Certificate2.CreateFromPem(certificatePem.Value, keyPem.Value);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return Error(
                "bad_certificate",
                "The client certificate and its key do not fit together.",
                $"{userField}.client-certificate-data",
                "Copy both fields again from the same kubeconfig."
            );
        }
    }

    private static ClusterError? CheckUser(YamlMappingNode user, string userField)
    {
        foreach (var plugin in (string[])["exec", "auth-provider"])
        {
            if (user.Children.ContainsKey(plugin))
            {
                return Error(
                    "plugin_refused",
                    $"The user signs in through a program ({plugin}); we do not run programs from a kubeconfig.",
                    $"{userField}.{plugin}",
                    "Create a service account and use its token, or use a client certificate."
                );
            }
        }

        foreach (var path in FilePathFields)
        {
            if (user.Children.ContainsKey(path))
            {
                return PathRefused($"{userField}.{path}", path == "tokenFile" ? "token" : path + "-data");
            }
        }

        foreach (var field in (string[])["username", "password", "as", "as-groups", "as-uid", "as-user-extra"])
        {
            if (user.Children.ContainsKey(field))
            {
                return Error(
                    "sign_in_refused",
                    $"The user signs in with '{field}', which is not supported.",
                    $"{userField}.{field}",
                    "Use a token or a client certificate of the account itself."
                );
            }
        }

        return null;
    }

    private static ClusterResult<string> Decode(string base64, string field)
    {
        var buffer = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, buffer, out var length)
            ? Encoding.UTF8.GetString(buffer, 0, length)
            : Error("bad_base64", "The field is not base64.", field, "Copy it again in one piece, without spaces inside.");
    }

    private static YamlMappingNode? Find(YamlMappingNode root, string list, string name, string body) =>
        Entries(root, list).FirstOrDefault(e => Text(e, "name") == name) is { } entry && entry.Children.TryGetValue(body, out var node)
            ? node as YamlMappingNode
            : null;

    private static string Names(YamlMappingNode root, string list)
    {
        var names = Entries(root, list).Select(e => Text(e, "name")).OfType<string>().ToList();
        return names.Count == 0 ? "–" : string.Join(", ", names);
    }

    private static IEnumerable<YamlMappingNode> Entries(YamlMappingNode root, string list) =>
        root.Children.TryGetValue(list, out var node) && node is YamlSequenceNode sequence
            ? sequence.Children.OfType<YamlMappingNode>()
            : [];

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var value) && value is YamlScalarNode { Value: { } text } && text is not ("null" or "~")
            ? text
            : null;

    private static ClusterError Missing(string what, string name, string field, string known) =>
        Error(
            $"missing_{what}",
            $"The kubeconfig has no {what} named '{name}'.",
            field,
            $"Use one that exists ({known}), or export with kubectl config view --raw --minify --flatten."
        );

    private static ClusterError PathRefused(string field, string instead) =>
        Error(
            "path_refused",
            "The field points to a file on your machine, which we cannot and must not read.",
            field,
            $"Export with kubectl config view --raw --flatten, which fills {instead}."
        );

    private static ClusterError NotYaml(string detail) =>
        Error(
            "not_yaml",
            $"The kubeconfig is not valid YAML. {detail}",
            "kubeconfig",
            "Paste the output of kubectl config view --raw --minify."
        );

    private static ClusterError Error(string code, string message, string field, string fix) =>
        new($"kubeconfig.{code}", message, field, fix);
}
