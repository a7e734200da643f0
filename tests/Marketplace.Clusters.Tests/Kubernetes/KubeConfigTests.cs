using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Kubernetes;

public class KubeConfigTests
{
    private static readonly (string Certificate, string Key) Pem = MakePem();

    [Fact]
    public void A_complete_file_gives_server_context_and_credentials()
    {
        var config = KubeConfig.Parse(File()).Required;

        Assert.Equal("https://10.1.2.3:6443/", config.Server.ToString());
        Assert.Equal("main", config.Context);
        Assert.Equal("team", config.Namespace);
        Assert.NotNull(config.ClientCertificate);
        Assert.True(config.ClientCertificate.HasPrivateKey);
        Assert.Single(config.Authorities);
    }

    [Fact]
    public void Json_is_yaml_too_and_a_chosen_context_wins()
    {
        const string json = """
            {"clusters":[{"name":"c","cluster":{"server":"https://c:6443"}}],"users":[{"name":"u","user":{"token":"t"}}],
            "contexts":[{"name":"a","context":{"cluster":"missing"}},{"name":"b","context":{"cluster":"c","user":"u"}}],"current-context":"a"}
            """;

        var config = KubeConfig.Parse(json, "b").Required;

        Assert.Equal("t", config.Token);
        Assert.Equal("kubeconfig.missing_cluster", KubeConfig.Parse(json).Error!.Code);
    }

    [Fact]
    public void A_path_prefix_on_loopback_http_is_kept()
    {
        var config = KubeConfig.Parse(File(server: "http://127.0.0.1:8081/clusters/a")).Required;

        Assert.Equal("http://127.0.0.1:8081/clusters/a/", config.Server.ToString());
    }

    [Fact]
    public void The_text_of_the_settings_carries_no_secret()
    {
        var config = KubeConfig.Parse(File(user: "token: s3cret-token")).Required;

        Assert.DoesNotContain("s3cret", config.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "kubeconfig.empty", "kubeconfig")]
    [InlineData("a: [", "kubeconfig.not_yaml", "kubeconfig")]
    [InlineData("just text", "kubeconfig.not_yaml", "kubeconfig")]
    [InlineData("contexts: []", "kubeconfig.no_current_context", "current-context")]
    [InlineData("current-context: x", "kubeconfig.missing_context", "contexts")]
    public void What_is_no_kubeconfig_is_refused(string text, string code, string field) => AssertRefused(text, code, field);

    [Fact]
    public void Each_wrong_part_is_named_with_its_field_and_a_fix()
    {
        AssertRefused(File(server: "10.1.2.3:6443"), "kubeconfig.bad_server", "clusters[c].cluster.server");
        AssertRefused(File(server: "http://10.1.2.3:6443"), "kubeconfig.plain_http", "clusters[c].cluster.server");
        AssertRefused(File(server: "https://user:pw@host"), "kubeconfig.bad_server", "clusters[c].cluster.server");
        AssertRefused(
            File(authority: "certificate-authority-data: '***'"),
            "kubeconfig.bad_base64",
            "clusters[c].cluster.certificate-authority-data"
        );
        AssertRefused(
            File(authority: "certificate-authority-data: aGVsbG8="),
            "kubeconfig.bad_certificate",
            "clusters[c].cluster.certificate-authority-data"
        );
        AssertRefused(
            File(authority: "certificate-authority: /etc/ca.crt"),
            "kubeconfig.path_refused",
            "clusters[c].cluster.certificate-authority"
        );
        AssertRefused(
            File(authority: "insecure-skip-tls-verify: true"),
            "kubeconfig.insecure",
            "clusters[c].cluster.insecure-skip-tls-verify"
        );
        AssertRefused(File(user: "exec: {command: aws}"), "kubeconfig.plugin_refused", "users[u].user.exec");
        AssertRefused(File(user: "auth-provider: {name: gcp}"), "kubeconfig.plugin_refused", "users[u].user.auth-provider");
        AssertRefused(File(user: "client-certificate: /home/me/c.crt"), "kubeconfig.path_refused", "users[u].user.client-certificate");
        AssertRefused(File(user: "tokenFile: /var/run/token"), "kubeconfig.path_refused", "users[u].user.tokenFile");
        AssertRefused(File(user: "username: admin"), "kubeconfig.sign_in_refused", "users[u].user.username");
        AssertRefused(
            File(user: $"client-certificate-data: {B64(Pem.Certificate)}"),
            "kubeconfig.half_certificate",
            "users[u].user.client-key-data"
        );
        AssertRefused(
            File(user: $"client-certificate-data: {B64(Pem.Certificate)}\n    client-key-data: {B64(MakePem().Key)}"),
            "kubeconfig.bad_certificate",
            "users[u].user.client-certificate-data"
        );
        AssertRefused(
            File().Replace("user: u", "user: nobody", StringComparison.Ordinal),
            "kubeconfig.missing_user",
            "contexts[main].context.user"
        );
    }

    [Fact]
    public void Skipping_certificate_checks_needs_the_operators_word()
    {
        var text = File(authority: "insecure-skip-tls-verify: true");

        Assert.True(KubeConfig.Parse(text, rules: new KubeConfigRules { AllowInsecureSkipTlsVerify = true }).Required.SkipTlsVerify);
        Assert.False(KubeConfig.Parse(text).IsOk);
    }

    private static void AssertRefused(string text, string code, string field)
    {
        var error = KubeConfig.Parse(text).Error;

        Assert.NotNull(error);
        Assert.Equal((code, field), (error.Code, error.Field));
        Assert.False(string.IsNullOrWhiteSpace(error.Fix));
    }

    private static string File(string server = "https://10.1.2.3:6443", string? authority = null, string? user = null) =>
        $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: c
              cluster:
                server: "{server}"
                {authority ?? $"certificate-authority-data: {B64(Pem.Certificate)}"}
            users:
            - name: u
              user:
                {user ?? $"client-certificate-data: {B64(Pem.Certificate)}\n    client-key-data: {B64(Pem.Key)}"}
            contexts:
            - name: main
              context: {"{cluster: c, user: u, namespace: team}"}
            current-context: main
            """;

    private static string B64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static (string Certificate, string Key) MakePem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
