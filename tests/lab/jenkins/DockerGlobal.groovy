/** The `docker` global of docker-workflow, as far as the steps of the library use it. */
class DockerGlobal implements Serializable { }
